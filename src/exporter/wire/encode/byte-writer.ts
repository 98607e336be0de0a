import type { HrTime } from '@opentelemetry/api'

const twoTo32 = 2 ** 32
const nanosecondsPerSecond = 1e9
/** Texts up to this length are copied letter by letter, which is quicker than a call. */
const shortText = 64

/**
 * Writes the fields of protobuf messages from the last to the first, into one buffer that grows: the length of a
 * message stands before it and is known once it is written, so nothing is measured beforehand, copied or moved.
 */
export class ByteWriter {
  #bytes: Buffer
  #view: DataView
  /** Index of the first byte written. */
  #at: number

  constructor(capacity = 64 * 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity)
    this.#view = viewOf(this.#bytes)
    this.#at = capacity
  }

  /** Bytes written. */
  get length(): number {
    return this.#bytes.length - this.#at
  }

  /** All that was written, which is then forgotten. @returns a copy */
  take(): Uint8Array {
    const taken = Uint8Array.prototype.slice.call(this.#bytes, this.#at)
    this.#at = this.#bytes.length
    return taken
  }

  /** Forgets what was written. */
  clear(): void {
    this.#at = this.#bytes.length
  }

  byte(value: number): void {
    const at = this.#room(1)
    this.#bytes[at] = value
  }

  bytes(source: Uint8Array): void {
    const at = this.#room(source.length)
    this.#bytes.set(source, at)
  }

  /** @param value a whole number from 0 to 2^53 */
  varint(value: number): void {
    if (value < 0x80) {
      this.byte(value)
      return
    }
    let at = this.#room(varintLength(value))
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.#bytes[at] = (rest % 0x80) | 0x80
      at += 1
    }
    this.#bytes[at] = rest
  }

  /** `int64`. @param value a whole number */
  int64(value: number): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.varint(value)
      return
    }
    let rest = BigInt.asUintN(64, BigInt(value))
    const bytes: number[] = []
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
    this.bytes(Uint8Array.from([...bytes, Number(rest)]))
  }

  /** `sint32`. */
  sint32(value: number): void {
    this.varint(((value << 1) ^ (value >> 31)) >>> 0)
  }

  /** `fixed64` and `sfixed64`: a fraction is cut off, what is no number is 0, and what is too large is the largest. */
  fixed64(value: number): void {
    const whole = Number.isFinite(value) ? Math.trunc(value) : 0
    if (Math.abs(whole) >= 2 ** 63) {
      if (whole > 0) this.#words(0x7fffffff, 0xffffffff)
      else this.#words(0x80000000, 0)
      return
    }
    const high = Math.floor(whole / twoTo32)
    this.#words(high, whole - high * twoTo32)
  }

  double(value: number): void {
    const at = this.#room(8)
    this.#view.setFloat64(at, value, true)
  }

  /** `fixed64` of nanoseconds since 1970. */
  time([seconds, nanoseconds]: HrTime): void {
    // A number has 53 bits: the product is made of the upper and the lower 16 bits of the seconds.
    const upper = Math.floor(seconds / 0x10000) * nanosecondsPerSecond
    const lower = (seconds % 0x10000) * nanosecondsPerSecond + nanoseconds
    const low = (upper % 0x10000) * 0x10000 + lower
    this.#words(
      Math.floor(upper / 0x10000) + Math.floor(low / twoTo32),
      low - Math.floor(low / twoTo32) * twoTo32,
    )
  }

  /** UTF-8; what is no character becomes U+FFFD. */
  text(text: string): void {
    if (text.length <= shortText && this.#ascii(text)) return
    const length = Buffer.byteLength(text)
    const at = this.#room(length)
    this.#bytes.write(text, at, length)
  }

  /** Length and tag of a message, of text or of bytes. @param before {@link length} before its content was written */
  close(tag: number, before: number): void {
    this.varint(this.length - before)
    this.byte(tag)
  }

  #words(high: number, low: number): void {
    const at = this.#room(8)
    this.#view.setUint32(at, low, true)
    this.#view.setInt32(at + 4, high, true)
  }

  /** @returns false, with nothing written, if it has other letters */
  #ascii(text: string): boolean {
    const at = this.#room(text.length)
    for (let place = 0; place < text.length; place += 1) {
      const code = text.charCodeAt(place)
      if (code >= 0x80) {
        this.#at += text.length
        return false
      }
      this.#bytes[at + place] = code
    }
    return true
  }

  /** May change the buffer. @returns the index from which so many bytes are to be written */
  #room(length: number): number {
    if (length > this.#at) this.#grow(length)
    this.#at -= length
    return this.#at
  }

  #grow(length: number): void {
    const written = this.length
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, written + length))
    larger.set(this.#bytes.subarray(this.#at), larger.length - written)
    this.#bytes = larger
    this.#view = viewOf(larger)
    this.#at = larger.length - written
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1
  return length
}
