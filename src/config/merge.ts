import type { Entry, Located, LocatedMap } from './located.ts'

/**
 * Lays one configuration over another as the Collector does: maps key by key, all else is replaced by the later.
 * Every value keeps the place it came from.
 */
export function mergeMaps(base: LocatedMap, over: LocatedMap): LocatedMap {
  const entries = new Map<string, Entry>(base.entries)
  for (const [key, entry] of over.entries) {
    const below = entries.get(key)
    entries.set(key, below ? { key: entry.key, value: merge(below.value, entry.value) } : entry)
  }
  return { ...base, entries }
}

function merge(base: Located, over: Located): Located {
  return base.kind === 'map' && over.kind === 'map' ? mergeMaps(base, over) : over
}
