declare module 'snappyjs' {
  /** Snappy's block format: the length as a varint, then the elements. */
  export function compress(input: Uint8Array): Uint8Array
  export function uncompress(input: Uint8Array): Uint8Array
}
