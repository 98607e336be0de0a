/** An answer of DNS that a process of this host has read. Valid during the call that hands it over. */
export interface NameAnswer {
  readonly pid: number
  /** As in a `ProcessKey`. */
  readonly startTime: bigint
  /** Inode number of the network namespace of the socket. */
  readonly netns: number
  /** RFC 1035, from its header on. Nobody has looked at it: it may hold anything. */
  readonly message: Uint8Array
  /** The message was longer. */
  readonly isCut: boolean
}
