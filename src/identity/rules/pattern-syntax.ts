/** A part of a pattern. `class` takes one character, of these ranges of code points or of all others. */
export type Part =
  | { readonly kind: 'class'; readonly ranges: readonly Range[]; readonly isNegated: boolean }
  | { readonly kind: 'start' | 'end' | 'boundary' | 'no boundary' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Part[] }
  | { readonly kind: 'repeat'; readonly part: Part; readonly least: number; readonly most: number }

export type Range = readonly [from: number, to: number]

const digit: readonly Range[] = [[48, 57]]
const word: readonly Range[] = [...digit, [65, 90], [95, 95], [97, 122]]
const space: readonly Range[] = [
  [9, 13],
  [32, 32],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]
const lineEnds: readonly Range[] = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
]
const classes: Readonly<Record<string, readonly Range[]>> = { d: digit, w: word, s: space }
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, 0: 0 }
const mostRepeats = 100

/** Of the pattern itself: it has no meaning here, or one that this does not know. */
export class PatternError extends Error {}

/**
 * Reads the part of JavaScript's regular expressions that can be matched in linear time, with the same meaning: characters,
 * `.`, `[...]`, `\\d \\w \\s \\b`, `^ $`, `(...)`, `(?:...)`, `|`, `* + ? {n,m}` and their lazy forms.
 *
 * @throws PatternError
 */
export function readPattern(text: string): Part {
  return new PatternReader(text).read()
}

class PatternReader {
  readonly #characters: readonly string[]
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#characters = Array.from(text)
  }

  read(): Part {
    const part = this.#choice()
    if (this.#at < this.#characters.length) throw new PatternError('unmatched )')
    return part
  }

  get #next(): string | undefined {
    return this.#characters[this.#at]
  }

  #take(): string {
    const character = this.#next
    if (character === undefined) throw new PatternError('it ends too early')
    this.#at += 1
    return character
  }

  #takeIf(character: string): boolean {
    if (this.#next !== character) return false
    this.#at += 1
    return true
  }

  #choice(): Part {
    this.#depth += 1
    if (this.#depth > 50) throw new PatternError('groups are too deep')
    const parts = [this.#sequence()]
    while (this.#takeIf('|')) parts.push(this.#sequence())
    this.#depth -= 1
    return parts.length === 1 ? (parts[0] as Part) : { kind: 'choice', parts }
  }

  #sequence(): Part {
    const parts: Part[] = []
    while (this.#next !== undefined && this.#next !== '|' && this.#next !== ')') {
      parts.push(this.#repeated(this.#single()))
    }
    return { kind: 'sequence', parts }
  }

  #repeated(part: Part): Part {
    const bounds = this.#bounds()
    if (bounds === undefined) return part
    if ('start end boundary no boundary'.includes(part.kind)) {
      throw new PatternError('nothing to repeat')
    }
    // Lazy or not: whether it matches is the same.
    this.#takeIf('?')
    if (this.#next !== undefined && '*+?{'.includes(this.#next)) {
      throw new PatternError('nothing to repeat')
    }
    return { kind: 'repeat', part, ...bounds }
  }

  #bounds(): { least: number; most: number } | undefined {
    if (this.#takeIf('*')) return { least: 0, most: Number.POSITIVE_INFINITY }
    if (this.#takeIf('+')) return { least: 1, most: Number.POSITIVE_INFINITY }
    if (this.#takeIf('?')) return { least: 0, most: 1 }
    if (!this.#takeIf('{')) return undefined
    const close = this.#characters.indexOf('}', this.#at)
    const inside = this.#characters.slice(this.#at, Math.max(close, this.#at)).join('')
    this.#at = close + 1
    return readCounts(inside)
  }

  #single(): Part {
    const character = this.#take()
    switch (character) {
      case '^':
        return { kind: 'start' }
      case '$':
        return { kind: 'end' }
      case '.':
        return { kind: 'class', ranges: lineEnds, isNegated: true }
      case '[':
        return this.#set()
      case '(':
        return this.#group()
      case '\\':
        return this.#escape()
      default:
        if ('*+?{}]'.includes(character)) throw new PatternError(`write \\${character}`)
        return literal(character)
    }
  }

  #group(): Part {
    if (this.#takeIf('?') && !this.#takeIf(':')) {
      throw new PatternError('of (?...) only (?:...) is known')
    }
    const part = this.#choice()
    if (!this.#takeIf(')')) throw new PatternError('unmatched (')
    return part
  }

  #escape(): Part {
    const character = this.#take()
    if (character === 'b') return { kind: 'boundary' }
    if (character === 'B') return { kind: 'no boundary' }
    const ranges = classes[character.toLowerCase()]
    if (ranges !== undefined) {
      return { kind: 'class', ranges, isNegated: character !== character.toLowerCase() }
    }
    return literal(String.fromCodePoint(escaped(character)))
  }

  #set(): Part {
    const isNegated = this.#takeIf('^')
    const ranges: Range[] = []
    while (!this.#takeIf(']')) ranges.push(...this.#setRanges())
    return { kind: 'class', ranges, isNegated }
  }

  #setRanges(): readonly Range[] {
    const from = this.#setMember()
    if (typeof from !== 'number') return from
    const isRange = this.#next === '-' && this.#characters[this.#at + 1] !== ']'
    if (!isRange) return [[from, from]]
    this.#take()
    const to = this.#setMember()
    if (typeof to !== 'number' || to < from) throw new PatternError('a range out of order in []')
    return [[from, to]]
  }

  /** A code point, or the ranges of a class. */
  #setMember(): number | readonly Range[] {
    const character = this.#take()
    if (character !== '\\') return codeOf(character)
    const name = this.#take()
    const ranges = classes[name.toLowerCase()]
    if (ranges === undefined) return name === 'b' ? 8 : escaped(name)
    return name === name.toLowerCase() ? ranges : inverse(ranges)
  }
}

/** What stands in `{}`. */
function readCounts(inside: string): { least: number; most: number } {
  const [, lower, comma, upper] = /^(\d{1,3})(,)?(\d{1,3})?$/.exec(inside) ?? []
  if (lower === undefined) throw new PatternError('{ must be {n}, {n,} or {n,m}; write \\{')
  const least = Number(lower)
  const most = comma === undefined ? least : Number(upper ?? Number.POSITIVE_INFINITY)
  if (least > mostRepeats || (most > mostRepeats && upper !== undefined)) {
    throw new PatternError(`no more than ${mostRepeats} repetitions`)
  }
  if (most < least) throw new PatternError('numbers out of order in {}')
  return { least, most }
}

function literal(character: string): Part {
  const code = codeOf(character)
  return { kind: 'class', ranges: [[code, code]], isNegated: false }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0
}

function escaped(character: string): number {
  const control = controls[character]
  if (control !== undefined) return control
  if (/[\dA-Za-z]/.test(character)) throw new PatternError(`\\${character} is not known`)
  return codeOf(character)
}

/** Of sorted ranges. */
function inverse(ranges: readonly Range[]): Range[] {
  const others: Range[] = []
  let from = 0
  for (const [start, end] of ranges) {
    if (start > from) others.push([from, start - 1])
    from = end + 1
  }
  others.push([from, 0x10ffff])
  return others
}
