import type { Path, Place } from './issue.ts'

/** A value of a configuration that knows where it was written. */
export type Located = LocatedMap | LocatedList | LocatedScalar

export interface LocatedMap {
  readonly kind: 'map'
  readonly place: Place
  readonly entries: ReadonlyMap<string, Entry>
  /** Text of a substitution that read as a map: what a component gets that wants a string. */
  readonly substituted?: string
}

export interface Entry {
  readonly key: Place
  readonly value: Located
}

export interface LocatedList {
  readonly kind: 'list'
  readonly place: Place
  readonly items: readonly Located[]
  readonly substituted?: string
}

export interface LocatedScalar {
  readonly kind: 'scalar'
  readonly place: Place
  readonly value: string | number | boolean | null
  /** Written without quotes: after substitution it is read again as YAML. */
  readonly isPlain: boolean
  /** Text of a substitution, before it was read as YAML. */
  readonly substituted?: string
}

export function emptyMap(place: Place): LocatedMap {
  return { kind: 'map', place, entries: new Map() }
}

/** The value at a path; `undefined` where the path leaves the tree. */
export function valueAt(root: Located, path: Path): Located | undefined {
  let at: Located | undefined = root
  for (const step of path) {
    if (at?.kind === 'map') at = at.entries.get(String(step))?.value
    else if (at?.kind === 'list') at = at.items[Number(step)]
    else return undefined
  }
  return at
}

/** Where a path stands: its own value, or the nearest one around it that was written. */
export function placeOf(root: Located, path: Path): Place {
  for (let length = path.length; length > 0; length -= 1) {
    const value = valueAt(root, path.slice(0, length))
    if (value !== undefined) return value.place
  }
  return root.place
}

/** Where the last key of a path stands. */
export function keyPlaceOf(root: Located, path: Path): Place {
  const parent = valueAt(root, path.slice(0, -1))
  const entry = parent?.kind === 'map' ? parent.entries.get(String(path.at(-1))) : undefined
  return entry?.key ?? placeOf(root, path)
}

/**
 * The bare value, as a schema reads it. A key whose value is null counts as not given, as in the Collector, but stays
 * visible as `undefined`, so that an unknown key is found.
 */
export function toPlain(value: Located): unknown {
  if (value.kind === 'scalar') return value.value
  if (value.kind === 'list') return value.items.map(toPlain)
  const plain: Record<string, unknown> = {}
  for (const [key, entry] of value.entries) plain[key] = toPlain(entry.value) ?? undefined
  return plain
}

/** The other way, for what the program itself gives as configuration: one place for all of it. */
export function toLocated(value: unknown, place: Place): Located {
  if (Array.isArray(value)) {
    return { kind: 'list', place, items: value.map((item: unknown) => toLocated(item, place)) }
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]): [string, Entry] => [
      key,
      { key: place, value: toLocated(inner, place) },
    ])
    return { kind: 'map', place, entries: new Map(entries) }
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { kind: 'scalar', place, value, isPlain: false }
  }
  return { kind: 'scalar', place, value: null, isPlain: false }
}
