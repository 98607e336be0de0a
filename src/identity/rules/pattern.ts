import { type Part, PatternError, type Range, readPattern } from './pattern-syntax.ts'

type Step =
  | { readonly kind: 'class'; readonly ranges: readonly Range[]; readonly isNegated: boolean }
  | { readonly kind: 'start' | 'end' | 'boundary' | 'no boundary' }
  | { readonly kind: 'fork'; readonly to: number }
  | { readonly kind: 'jump'; to: number }

const mostSteps = 1000
const mostCharacters = 4096

/**
 * A regular expression that is matched in time proportional to the text, whatever the pattern: command lines are written by
 * others, and a backtracking matcher can be made to stand still by them.
 */
export class Pattern {
  readonly #steps: readonly Step[]

  /** @throws PatternError if it is no pattern, one of another kind, or too long when written out */
  constructor(text: string) {
    const steps: Step[] = []
    compile(readPattern(text), steps)
    this.#steps = steps
  }

  /** Whether it matches anywhere in the first 4096 characters. */
  test(text: string): boolean {
    const codes = Array.from(text.slice(0, mostCharacters), (one) => one.codePointAt(0) ?? 0)
    let now = new Reached(this.#steps.length)
    let then = new Reached(this.#steps.length)
    for (let at = 0; at <= codes.length; at += 1) {
      if (this.#reach(now, 0, codes, at)) return true
      const code = codes[at]
      if (code === undefined) return false
      then.clear()
      for (const step of now.steps) {
        if (takes(this.#steps[step], code) && this.#reach(then, step + 1, codes, at + 1)) {
          return true
        }
      }
      ;[now, then] = [then, now]
    }
    return false
  }

  /** Adds a step and all that follow it without taking a character. @returns whether the end is among them */
  #reach(reached: Reached, first: number, codes: readonly number[], at: number): boolean {
    const waiting = [first]
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const step = this.#steps[index]
      if (step === undefined) return true
      if (!reached.add(index)) continue
      if (step.kind === 'fork') waiting.push(step.to, index + 1)
      else if (step.kind === 'jump') waiting.push(step.to)
      else if (step.kind !== 'class' && isAt(step.kind, codes, at)) waiting.push(index + 1)
    }
    return false
  }
}

/** Steps by their place, each once. */
class Reached {
  readonly #marks: Uint8Array
  readonly steps: number[] = []

  constructor(size: number) {
    this.#marks = new Uint8Array(size)
  }

  add(step: number): boolean {
    if (this.#marks[step] === 1) return false
    this.#marks[step] = 1
    this.steps.push(step)
    return true
  }

  clear(): void {
    for (const step of this.steps) this.#marks[step] = 0
    this.steps.length = 0
  }
}

function compile(part: Part, steps: Step[]): void {
  if (steps.length > mostSteps) throw new PatternError('too long, with its repetitions written out')
  switch (part.kind) {
    case 'sequence':
      for (const one of part.parts) compile(one, steps)
      return
    case 'choice':
      compileChoice(part.parts, steps)
      return
    case 'repeat':
      compileRepeat(part.part, part.least, part.most, steps)
      return
    default:
      steps.push(part)
  }
}

function compileChoice(parts: readonly Part[], steps: Step[]): void {
  const ends: { kind: 'jump'; to: number }[] = []
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1) {
      compile(part, steps)
      break
    }
    const fork = { kind: 'fork' as const, to: 0 }
    steps.push(fork)
    compile(part, steps)
    const end = { kind: 'jump' as const, to: 0 }
    ends.push(end)
    steps.push(end)
    fork.to = steps.length
  }
  for (const end of ends) end.to = steps.length
}

function compileRepeat(part: Part, least: number, most: number, steps: Step[]): void {
  for (let turn = 0; turn < least; turn += 1) compile(part, steps)
  if (most === Number.POSITIVE_INFINITY) {
    const begin = steps.length
    const fork = { kind: 'fork' as const, to: 0 }
    steps.push(fork)
    compile(part, steps)
    steps.push({ kind: 'jump', to: begin })
    fork.to = steps.length
    return
  }
  for (let turn = least; turn < most; turn += 1) {
    const fork = { kind: 'fork' as const, to: 0 }
    steps.push(fork)
    compile(part, steps)
    fork.to = steps.length
  }
}

function takes(step: Step | undefined, code: number): boolean {
  if (step?.kind !== 'class') return false
  return step.ranges.some(([from, to]) => code >= from && code <= to) !== step.isNegated
}

function isAt(
  kind: 'start' | 'end' | 'boundary' | 'no boundary',
  codes: readonly number[],
  at: number,
): boolean {
  if (kind === 'start') return at === 0
  if (kind === 'end') return at === codes.length
  return (isWord(codes[at - 1]) !== isWord(codes[at])) === (kind === 'boundary')
}

function isWord(code: number | undefined): boolean {
  return code !== undefined && code < 128 && /\w/.test(String.fromCharCode(code))
}
