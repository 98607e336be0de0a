import type { Attributes } from '@opentelemetry/api'
import { toPattern } from '../shared/pattern.ts'
import { type Token, tokensOf } from './tokens.ts'

/** What a condition is about. */
export interface Subject {
  /** Of a metric, data point or log record. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly attributes?: Attributes
  readonly resource: Attributes
}

export type Condition = (subject: Subject) => boolean
type Value = (subject: Subject) => unknown

/** What a context of the Collector's language has. */
export interface Context {
  /** Names of its fields, with and without the context before it. */
  readonly fields: ReadonlyMap<string, string>
  /** How its attributes are called; none for a metric. */
  readonly attributes: readonly string[]
}

/**
 * Reads a condition of the Collector's transformation language, as far as it is known here: `==`, `!=`, `<`, `<=`, `>`,
 * `>=`, `and`, `or`, `not`, parentheses, `IsMatch`, attributes, and the fields of its context.
 *
 * @throws SyntaxError with what is not known
 */
export function parseCondition(text: string, context: Context): Condition {
  const parser = new Parser(tokensOf(text), context)
  return parser.parse()
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #context: Context
  #at = 0

  constructor(tokens: readonly Token[], context: Context) {
    this.#tokens = tokens
    this.#context = context
  }

  parse(): Condition {
    const condition = this.#or()
    const rest = this.#tokens[this.#at]
    if (rest !== undefined) throw new SyntaxError(`not understood: ${String(rest.value)}`)
    return condition
  }

  #or(): Condition {
    const parts = [this.#and()]
    while (this.#takes('or')) parts.push(this.#and())
    return parts.length === 1 && parts[0] !== undefined
      ? parts[0]
      : (subject) => parts.some((part) => part(subject))
  }

  #and(): Condition {
    const parts = [this.#not()]
    while (this.#takes('and')) parts.push(this.#not())
    return parts.length === 1 && parts[0] !== undefined
      ? parts[0]
      : (subject) => parts.every((part) => part(subject))
  }

  #not(): Condition {
    if (!this.#takes('not')) return this.#term()
    const inner = this.#not()
    return (subject) => !inner(subject)
  }

  #term(): Condition {
    if (this.#takes('(')) {
      const inner = this.#or()
      this.#expect(')')
      return inner
    }
    if (this.#takes('IsMatch')) return this.#isMatch()
    if (this.#takes('true')) return () => true
    if (this.#takes('false')) return () => false
    const left = this.#value()
    const sign = this.#next('a comparison')
    const compare = comparisons.get(String(sign.value))
    if (sign.kind !== 'sign' || compare === undefined) {
      throw new SyntaxError(`not a comparison: ${String(sign.value)}`)
    }
    const right = this.#value()
    return (subject) => compare(left(subject), right(subject))
  }

  #isMatch(): Condition {
    this.#expect('(')
    const value = this.#value()
    this.#expect(',')
    const { kind, value: text } = this.#next('a pattern')
    const pattern = kind === 'text' ? toPattern(text) : undefined
    if (pattern === undefined) throw new SyntaxError(`not a pattern: ${String(text)}`)
    this.#expect(')')
    return (subject) => {
      const given = value(subject)
      return typeof given === 'string' || typeof given === 'number'
        ? pattern.test(String(given))
        : false
    }
  }

  #value(): Value {
    const token = this.#next('a value')
    if (token.kind === 'text' || token.kind === 'number') return () => token.value
    if (token.kind === 'sign') throw new SyntaxError(`not a value: ${token.value}`)
    const constant = constants.get(token.value)
    if (constant !== undefined) return () => constant.value
    const field = this.#context.fields.get(token.value)
    if (field !== undefined) return ({ fields }) => fields[field]
    return this.#attribute(token.value)
  }

  #attribute(name: string): Value {
    const isOfResource = name === 'resource.attributes'
    if (!isOfResource && !this.#context.attributes.includes(name)) {
      const known = [...this.#context.fields.keys(), ...this.#context.attributes]
      const others = `${known.join(', ')}, resource.attributes`
      throw new SyntaxError(`${name} is not known here, known: ${others}`)
    }
    this.#expect('[')
    const { kind, value: key } = this.#next('the name of an attribute')
    if (kind !== 'text') throw new SyntaxError(`not the name of an attribute: ${String(key)}`)
    this.#expect(']')
    return isOfResource ? ({ resource }) => resource[key] : ({ attributes = {} }) => attributes[key]
  }

  #takes(word: string): boolean {
    const token = this.#tokens[this.#at]
    if (token === undefined || token.kind === 'text' || token.value !== word) return false
    this.#at += 1
    return true
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw new SyntaxError(`${sign} is missing`)
  }

  #next(what: string): Token {
    const token = this.#tokens[this.#at]
    if (token === undefined) throw new SyntaxError(`${what} is missing at the end`)
    this.#at += 1
    return token
  }
}

const constants: ReadonlyMap<string, { readonly value: unknown }> = new Map([
  ['true', { value: true }],
  ['false', { value: false }],
  ['nil', { value: undefined }],
])

/** Of values of different types only `!=` holds. */
const comparisons: ReadonlyMap<string, (one: unknown, other: unknown) => boolean> = new Map([
  ['==', (one: unknown, other: unknown) => one === other],
  ['!=', (one: unknown, other: unknown) => one !== other],
  ['<', ordered((order) => order < 0)],
  ['<=', ordered((order) => order <= 0)],
  ['>', ordered((order) => order > 0)],
  ['>=', ordered((order) => order >= 0)],
])

function ordered(holds: (order: number) => boolean) {
  return (one: unknown, other: unknown): boolean => {
    if (typeof one === 'number' && typeof other === 'number') return holds(one - other)
    if (typeof one !== 'string' || typeof other !== 'string') return false
    return holds(one === other ? 0 : one < other ? -1 : 1)
  }
}
