import type { z } from 'zod'
import { allowedKeys } from './allowed-keys.ts'
import { type Issues, type Path, type Place } from './issue.ts'
import { keyPlaceOf, type Located, placeOf, toPlain } from './located.ts'
import { errorMap, stepsOf, withWritten } from './messages.ts'
import { didYouMean } from './suggest.ts'

type Issue = z.core.$ZodIssue

/**
 * Reads a part of the configuration with a schema.
 *
 * @param path where the part stands in the whole
 * @returns what the schema made of it; `undefined` if it has errors, which are then in `issues`
 */
export function readWith<Output>(
  schema: z.ZodType<Output>,
  part: Located,
  path: Path,
  issues: Issues,
): { readonly config: Output; readonly part: Located } | undefined {
  const firstTry = schema.safeParse(toPlain(part) ?? {}, { error: errorMap })
  if (firstTry.success) return { config: firstTry.data, part }
  const asText = withTextAt(part, pathsOf(firstTry.error.issues))
  const secondTry = schema.safeParse(toPlain(asText) ?? {}, { error: errorMap })
  if (secondTry.success) return { config: secondTry.data, part: asText }
  for (const issue of secondTry.error.issues) report(issue, schema, asText, path, issues)
  return undefined
}

/** Where something of another type is wanted, in the branches of unions too. */
function pathsOf(found: readonly Issue[]): Path[] {
  return found.flatMap((issue) => {
    const path = stepsOf(issue.path)
    if (issue.code === 'invalid_type') return [path]
    if (issue.code !== 'invalid_union') return []
    return [path, ...issue.errors.flatMap((one) => pathsOf(one).map((end) => [...path, ...end]))]
  })
}

/**
 * A substitution that reads as a number is still a string where a string is wanted: a password of digits, for
 * example. Wanted is what the schema asks for, so it is asked first.
 */
function withTextAt(part: Located, paths: readonly Path[]): Located {
  return paths.reduce((whole, path) => replaceAt(whole, path), part)
}

function replaceAt(value: Located, [step, ...rest]: Path): Located {
  if (step === undefined) {
    const { place, substituted } = value
    if (substituted === undefined || (value.kind === 'scalar' && value.value === null)) return value
    return { kind: 'scalar', place, value: substituted, isPlain: false, substituted }
  }
  if (value.kind === 'list') {
    const items = value.items.map((item, at) => (at === step ? replaceAt(item, rest) : item))
    return { ...value, items }
  }
  const entry = value.kind === 'map' ? value.entries.get(String(step)) : undefined
  if (value.kind !== 'map' || entry === undefined) return value
  const entries = new Map(value.entries)
  entries.set(String(step), { ...entry, value: replaceAt(entry.value, rest) })
  return { ...value, entries }
}

function report(issue: Issue, schema: z.ZodType, part: Located, path: Path, issues: Issues): void {
  const inner = stepsOf(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const allowed = allowedKeys(schema, inner)
    for (const key of issue.keys) {
      const whole = [...inner, key]
      addUnknownKey(keyPlaceOf(part, whole), [...path, ...whole], allowed, issues)
    }
    return
  }
  const deepest = issue.code === 'invalid_union' ? deepestBranch(issue) : undefined
  if (deepest !== undefined) {
    for (const nested of deepest) {
      const moved = { ...nested, path: [...issue.path, ...nested.path] }
      report(moved, schema, part, path, issues)
    }
    return
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues.map((one) => one.message).join('; ')
    issues.add(keyPlaceOf(part, inner), [...path, ...inner], message)
    return
  }
  issues.add(placeOf(part, inner), [...path, ...inner], withWritten(issue.message, part, inner))
}

/** Says that a key is unknown, what it may have been meant to be, and what there is. */
export function addUnknownKey(
  place: Place,
  path: Path,
  allowed: readonly string[],
  issues: Issues,
): void {
  const known = allowed.length > 0 ? `allowed: ${allowed.toSorted().join(', ')}` : 'none is allowed'
  const guess = didYouMean(String(path.at(-1)), allowed)
  issues.add(place, path, `unknown key${guess}${guess === '' ? '; ' : ' '}${known}`)
}

/** The form of a union that was meant: the one whose errors lie deepest, where they lie inside at all. */
function deepestBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const depth = (branch: readonly Issue[]): number =>
    Math.max(
      0,
      ...branch.map(({ path, code }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)),
    )
  const best = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0]
  return best !== undefined && depth(best) > 0 ? best : undefined
}
