/** Longest object that is read. Those of etcd have 1.5 MiB at most, encoded tighter than JSON. */
export const maxObjectBytes = 8 << 20
/** All of a list that is not in its items. */
const maxFrameBytes = 256 << 10

const quote = 0x22
const colon = 0x3a
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
/** At what depth an object of `items` begins. */
const itemDepth = 2
/** Stands for what was not taken. */
const nothing = Buffer.from('null')

/** Whether what stands under a name is of no use. @param bytes with the name from `start` to before `end` */
export type IsUnread = (bytes: Buffer, start: number, end: number) => boolean

/**
 * Cuts a list of the API into its objects while it comes in, so that only one of them is in memory at a time.
 *
 * @throws {SyntaxError} at what is no JSON
 * @throws {RangeError} at an object, or a rest of the list, that is too long
 */
export class ListReader {
  readonly #onItem: (item: unknown) => void
  readonly #isUnread: IsUnread
  /** The list without its items. */
  readonly #frame: Buffer[] = []
  #frameBytes = 0
  readonly #item: Buffer[] = []
  #itemBytes = 0
  #depth = 0
  #isInItems = false
  #isInText = false
  #isEscaped = false
  /** Where the last text of this chunk begins and ends, if all of it is in it. */
  #textStart = 0
  #textEnd = 0
  /** Depth of a value that is not taken, 0 while all is. */
  #leftDepth = 0

  /**
   * @param onItem gets each object of `items`, in their order
   * @param isUnread of objects and lists in them: they may be `null` instead
   */
  constructor(onItem: (item: unknown) => void, isUnread: IsUnread = () => false) {
    this.#onItem = onItem
    this.#isUnread = isUnread
  }

  push(chunk: Buffer): void {
    let start = 0
    this.#textStart = chunk.length
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.#isInText) {
        at = this.#skipText(chunk, at)
        continue
      }
      if (this.#leftDepth > 0) {
        at = this.#leave(chunk, at)
        start = at + 1
        continue
      }
      const byte = chunk[at]
      if (byte === quote) {
        this.#isInText = true
        this.#textStart = at + 1
      } else if (byte === openBrace || byte === openBracket) {
        start = this.#open(chunk, start, at, byte)
      } else if (byte === closeBrace || byte === closeBracket) {
        start = this.#close(chunk, start, at)
      }
    }
    this.#takeRest(chunk.subarray(start))
  }

  /**
   * The list without its items.
   *
   * @throws {SyntaxError} if it is not whole
   */
  end(): unknown {
    return parse(this.#frame)
  }

  /** @returns the last byte that belongs to the text, or that is left */
  #skipText(chunk: Buffer, from: number): number {
    const { length } = chunk
    let at = this.#isEscaped ? from + 1 : from
    for (; at < length; at += 1) {
      const byte = chunk[at]
      if (byte === backslash) at += 1
      else if (byte === quote) {
        this.#isEscaped = false
        this.#isInText = false
        this.#textEnd = at
        return at
      }
    }
    // A backslash was the last byte.
    this.#isEscaped = at > length
    return length
  }

  /** @returns the last byte of what is left, or the chunk's end */
  #leave(chunk: Buffer, from: number): number {
    let depth = this.#depth
    let at = from
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at]
      if (byte === quote) {
        this.#isInText = true
        at = this.#skipText(chunk, at + 1)
      } else if (byte === openBrace || byte === openBracket) depth += 1
      else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1
        if (depth === this.#leftDepth) {
          this.#leftDepth = 0
          break
        }
      }
    }
    this.#depth = depth
    return at
  }

  #open(chunk: Buffer, start: number, at: number, byte: number): number {
    let from = start
    if (this.#isLeft(chunk, at)) {
      this.#takeItem(chunk.subarray(start, at))
      this.#takeItem(nothing)
      this.#leftDepth = this.#depth
    } else if (this.#isInItems && this.#depth === itemDepth) from = at
    else if (!this.#isInItems && this.#depth === 1 && byte === openBracket) {
      this.#takeFrame(chunk.subarray(start, at))
      from = at
      this.#isInItems = /"items"\s*:\s*$/.test(this.#lastOfFrame())
      if (this.#isInItems) {
        this.#takeFrame(chunk.subarray(at, at + 1))
        from = at + 1
      }
    }
    this.#depth += 1
    return from
  }

  /** Only as servers write it, without spaces, and with the whole name in one chunk: it spares work, no more. */
  #isLeft(chunk: Buffer, at: number): boolean {
    const end = this.#textEnd
    return (
      this.#depth > itemDepth &&
      this.#isInItems &&
      at === end + 2 &&
      chunk[end + 1] === colon &&
      this.#isUnread(chunk, this.#textStart, end)
    )
  }

  #close(chunk: Buffer, start: number, at: number): number {
    this.#depth -= 1
    if (!this.#isInItems) return start
    if (this.#depth === itemDepth) {
      this.#takeItem(chunk.subarray(start, at + 1))
      this.#onItem(parse(this.#item))
      this.#item.length = 0
      this.#itemBytes = 0
      return at + 1
    }
    if (this.#depth < itemDepth) {
      this.#isInItems = false
      return at
    }
    return start
  }

  #takeRest(rest: Buffer): void {
    if (!this.#isInItems) this.#takeFrame(rest)
    else if (this.#depth > itemDepth && this.#leftDepth === 0) this.#takeItem(rest)
  }

  #takeItem(part: Buffer): void {
    this.#itemBytes += part.length
    if (this.#itemBytes > maxObjectBytes) throw new RangeError('an object of the list is too long')
    this.#item.push(part)
  }

  #takeFrame(part: Buffer): void {
    if (part.length === 0) return
    this.#frameBytes += part.length
    if (this.#frameBytes > maxFrameBytes) throw new RangeError('the list is none of Kubernetes')
    // A copy: the chunk would stay in memory for a few bytes.
    this.#frame.push(Buffer.from(part))
  }

  #lastOfFrame(): string {
    return Buffer.concat(this.#frame).subarray(-64).toString('latin1')
  }
}

function parse(parts: readonly Buffer[]): unknown {
  const [only] = parts
  const whole = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
  return JSON.parse(whole.toString('utf8'))
}
