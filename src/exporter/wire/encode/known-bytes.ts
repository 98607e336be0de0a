import { ByteWriter } from './byte-writer.ts'

/** Encodes objects that come again with each collection once only; they are known by their identity. */
export class KnownBytes<Source extends object> {
  readonly #write: (to: ByteWriter, source: Source) => void
  readonly #known = new WeakMap<Source, Uint8Array>()

  constructor(write: (to: ByteWriter, source: Source) => void) {
    this.#write = write
  }

  of(source: Source): Uint8Array {
    const known = this.#known.get(source)
    if (known !== undefined) return known
    const bytes = encoded(this.#write, source)
    this.#known.set(source, bytes)
    return bytes
  }
}

/**
 * The same for objects of which there may be very many, in a bounded room: when it is full all of them are forgotten.
 * Points of one series stand close together, so most find the bytes of the one before even then.
 */
export class RecentBytes<Source extends object> {
  readonly #write: (to: ByteWriter, source: Source) => void
  readonly #room: Uint8Array
  #used = 0
  #recent = new Map<Source, Uint8Array>()

  constructor(write: (to: ByteWriter, source: Source) => void, roomBytes = 512 * 1024) {
    this.#write = write
    this.#room = new Uint8Array(roomBytes)
  }

  /** @returns what is good until the next call */
  of(source: Source): Uint8Array {
    const recent = this.#recent.get(source)
    if (recent !== undefined) return recent
    const bytes = encoded(this.#write, source)
    if (bytes.length > this.#room.length) return bytes
    if (bytes.length > this.#room.length - this.#used) this.#forget()
    this.#room.set(bytes, this.#used)
    const kept = this.#room.subarray(this.#used, this.#used + bytes.length)
    this.#used += bytes.length
    this.#recent.set(source, kept)
    return kept
  }

  #forget(): void {
    this.#recent = new Map()
    this.#used = 0
  }
}

const scratch = new ByteWriter(4096)

function encoded<Source>(
  write: (to: ByteWriter, source: Source) => void,
  source: Source,
): Uint8Array {
  // A source that threw half way left something.
  scratch.clear()
  write(scratch, source)
  return scratch.take()
}
