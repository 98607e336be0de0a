/**
 * A protobuf message under construction, field by field in the order of the calls. Numbers are little endian, as the
 * format has them. Integers are exact up to 2^53.
 */
export class Message {
  #bytes: Buffer
  #length = 0

  /** @param room bytes to begin with; it grows */
  constructor(room: number) {
    this.#bytes = Buffer.allocUnsafe(room)
  }

  get length(): number {
    return this.#length
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, 0, this.#length)
  }

  /** Forgets what was written, keeps the room. */
  clear(): void {
    this.#length = 0
  }

  /** `uint64`, an enum, an `int64` that is not negative. */
  unsigned(field: number, value: number): void {
    this.#tag(field, 0)
    this.varint(value)
  }

  /** `sint32`, `sint64`: zigzag. */
  signed(field: number, value: number): void {
    this.#tag(field, 0)
    this.varint(zigzag(value))
  }

  double(field: number, value: number): void {
    this.#tag(field, 1)
    this.#grow(8)
    this.#length = this.#bytes.writeDoubleLE(value, this.#length)
  }

  /** Eight bytes as they are: a `double` of which each bit counts. */
  fixed64(field: number, value: bigint): void {
    this.#tag(field, 1)
    this.#grow(8)
    this.#length = this.#bytes.writeBigUInt64LE(value, this.#length)
  }

  string(field: number, value: string): void {
    this.nested(field, () => {
      // A UTF-16 unit is three bytes of UTF-8 at most.
      this.#grow(value.length * 3)
      this.#length += this.#bytes.write(value, this.#length)
    })
  }

  /** A packed list of `sint64`. */
  packedSigned(field: number, values: readonly number[]): void {
    this.nested(field, () => {
      for (const value of values) this.varint(zigzag(value))
    })
  }

  /** A message in this one, made of the fields that are written meanwhile. */
  nested(field: number, write: () => void): void {
    this.#tag(field, 2)
    this.#grow(1)
    const at = this.#length
    this.#length += 1
    write()
    const length = this.#length - at - 1
    if (length >= 0x80) {
      // One byte was left for the length; it needs more.
      const more = varintLength(length) - 1
      this.#grow(more)
      this.#bytes.copyWithin(at + 1 + more, at + 1, this.#length)
    }
    const end = at + length + varintLength(length)
    this.#length = at
    this.varint(length)
    this.#length = end
  }

  /** What stands before a message of so many bytes, which is written next. */
  open(field: number, length: number): void {
    this.#tag(field, 2)
    this.varint(length)
  }

  /** Bytes of finished fields. */
  raw(value: Uint8Array): void {
    if (value.length === 0) return
    this.#grow(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  /** The fields of another message. */
  append(other: Message): void {
    this.#grow(other.#length)
    other.#bytes.copy(this.#bytes, this.#length, 0, other.#length)
    this.#length += other.#length
  }

  /** A number alone, as lengths stand before messages in a stream. */
  varint(value: number): void {
    this.#grow(10)
    const bytes = this.#bytes
    let rest = value
    while (rest >= 0x80) {
      bytes[this.#length++] = (rest % 0x80) + 0x80
      rest = Math.floor(rest / 0x80)
    }
    bytes[this.#length++] = rest
  }

  #tag(field: number, wireType: 0 | 1 | 2): void {
    this.varint(field * 8 + wireType)
  }

  #grow(by: number): void {
    const needed = this.#length + by
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}

/** Bytes that {@link Message.varint} takes. */
export function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1
  return length
}
