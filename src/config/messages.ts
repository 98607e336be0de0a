import type { z } from 'zod'
import type { Path } from './issue.ts'
import { type Located, valueAt } from './located.ts'
import { isSecret } from './secrets.ts'
import { didYouMean } from './suggest.ts'

type RawIssue = z.core.$ZodRawIssue
type Issue = z.core.$ZodIssue

/** Stands in a message for what was written. A branch of a union does not know its place in the whole. */
const written = '\u{0}'

/** Messages for a reader of YAML; a schema's own message comes before these. {@link withWritten} completes them. */
export const errorMap: z.core.$ZodErrorMap = (issue) => issueMessage(issue, written)

/** @param path of the issue in `part` */
export function withWritten(message: string, part: Located, path: Path): string {
  const value = valueAt(part, path)
  return message.replaceAll(written, () => (value === undefined ? 'empty' : describe(value, path)))
}

function issueMessage(issue: RawIssue, got: string): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `required: ${typeName(issue.expected)}`
        : `must be ${typeName(issue.expected)}, not ${got}`
    case 'invalid_value':
      return valueMessage(issue.values, issue.input, got)
    case 'too_small':
      return limit(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum)
    case 'too_big':
      return limit(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum)
    case 'invalid_union':
      return `must be ${unionForms(issue.errors)}, not ${got}`
    default:
      return undefined
  }
}

function valueMessage(
  values: readonly z.core.util.Primitive[],
  input: unknown,
  got: string,
): string {
  const words = values.map(String)
  const listed = words.map((word) => JSON.stringify(word)).join(', ')
  const guess = typeof input === 'string' ? didYouMean(input, words) : ''
  const rule = words.length === 1 ? `must be ${listed}` : `must be one of ${listed}`
  return input === undefined ? `required: ${rule}` : `${rule}, not ${got}${guess}`
}

function limit(origin: string, comparison: string, bound: number | bigint): string {
  if (origin === 'string')
    return `must have ${comparison} ${bound} character${bound === 1 ? '' : 's'}`
  if (origin === 'array' || origin === 'set')
    return `must have ${comparison} ${bound} item${bound === 1 ? '' : 's'}`
  return `must be ${comparison} ${bound}`
}

function unionForms(branches: readonly (readonly Issue[])[]): string {
  const forms = branches.flat().map((issue) => {
    if (issue.code === 'invalid_type') return typeName(issue.expected)
    return issue.message.replace(/^must be (.*?)(, not .*)?$/, '$1')
  })
  return forms.length > 0 ? [...new Set(forms)].join(' or ') : 'of another form'
}

const typeNames = new Map([
  ['string', 'a string'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['object', 'a map'],
  ['record', 'a map'],
  ['array', 'a list'],
])

function typeName(expected: string): string {
  return typeNames.get(expected) ?? expected
}

/** What was written, without showing what may be a secret. */
function describe(value: Located, path: Path): string {
  if (value.kind !== 'scalar') return `a ${value.kind}`
  if (value.value === null) return 'empty'
  const kind = typeof value.value
  if (value.substituted !== undefined || isSecret(path)) return `a ${kind}`
  const shown = JSON.stringify(value.value)
  if (kind === 'string') return shown.length <= 60 ? shown : 'this string'
  return `the ${kind} ${shown}`
}

/** A schema's path as one of the configuration. */
export function stepsOf(path: readonly PropertyKey[]): Path {
  return path.map((step) => (typeof step === 'symbol' ? String(step) : step))
}
