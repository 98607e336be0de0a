import { Message } from '../wire/prometheus/message.ts'
import type { Label } from './label-sets.ts'

const SYMBOLS_FIELD = 4

/** Of a symbol, what its field needs beside its bytes. */
const SYMBOL_OVERHEAD = 6

/** The texts of a request of remote write 2.0, each by its number. */
export class Symbols {
  /** The first is the empty text: the specification wants it so. */
  readonly #symbols = new Map<string, number>([['', 0]])
  readonly #refs = new Message(64)
  #bytes = SYMBOL_OVERHEAD

  /** Bytes at most. */
  get length(): number {
    return this.#bytes
  }

  ref(text: string): number {
    const known = this.#symbols.get(text)
    if (known !== undefined) return known
    const ref = this.#symbols.size
    this.#symbols.set(text, ref)
    this.#bytes += Buffer.byteLength(text) + SYMBOL_OVERHEAD
    return ref
  }

  /** @returns the numbers of names and values as varints, one after the other */
  refs(labels: readonly Label[]): Uint8Array {
    const message = this.#refs
    message.clear()
    for (const [name, value] of labels) {
      message.varint(this.ref(name))
      message.varint(this.ref(value))
    }
    return message.toBytes()
  }

  /** What {@link undo} goes back to. */
  mark(): { readonly size: number; readonly bytes: number } {
    return { size: this.#symbols.size, bytes: this.#bytes }
  }

  /** @returns whether there was anything newer */
  undo({ size, bytes }: { readonly size: number; readonly bytes: number }): boolean {
    if (this.#symbols.size === size) return false
    for (const symbol of [...this.#symbols.keys()].slice(size)) this.#symbols.delete(symbol)
    this.#bytes = bytes
    return true
  }

  toBytes(): Uint8Array {
    const message = new Message(this.#bytes)
    for (const symbol of this.#symbols.keys()) message.string(SYMBOLS_FIELD, symbol)
    return message.toBytes()
  }
}
