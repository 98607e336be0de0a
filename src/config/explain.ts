import type { z } from 'zod'
import { allowedKeys } from './allowed-keys.ts'
import { type Issues, type Path, type Place } from './issue.ts'
import { type Entry, keyPlaceOf, type Located, placeOf, toPlain } from './located.ts'
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
  for (const issue of secondTry.error.issues) {
    if (issues.isFull) break
    report(issue, schema, asText, path, issues)
  }
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
  const wanted = new Set(paths.map((path) => JSON.stringify(path)))
  const walk = (value: Located, path: Path): Located => {
    const { place, substituted } = value
    const isEmpty = value.kind === 'scalar' && value.value === null
    if (substituted !== undefined && !isEmpty && wanted.has(JSON.stringify(path))) {
      return { kind: 'scalar', place, value: substituted, isPlain: false, substituted }
    }
    if (value.kind === 'scalar') return value
    if (value.kind === 'list') {
      return { ...value, items: value.items.map((item, at) => walk(item, [...path, at])) }
    }
    const entries = [...value.entries].map(([key, entry]): [string, Entry] => [
      key,
      { ...entry, value: walk(entry.value, [...path, key]) },
    ])
    return { ...value, entries: new Map(entries) }
  }
  return walk(part, [])
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
      if (issues.isFull) break
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
