import type {
  ComponentFactory,
  ExporterFactory,
  ExtensionFactory,
  ProcessorFactory,
  ReceiverFactory,
} from './component.ts'
import { addUnknownKey, readWith } from './explain.ts'
import type { Issues, Place } from './issue.ts'
import type { Located, LocatedMap } from './located.ts'
import { didYouMean } from './suggest.ts'

/** All component types there are. The loader knows none by itself. */
export interface Catalogue {
  readonly receivers: readonly ReceiverFactory[]
  readonly processors: readonly ProcessorFactory[]
  readonly exporters: readonly ExporterFactory[]
  readonly extensions: readonly ExtensionFactory[]
}

/** A component as the user defined it. */
export interface ConfiguredComponent<Factory> {
  /** `type` or `type/name`. */
  readonly id: string
  readonly factory: Factory
  /** Output of the factory's schema. */
  readonly config: unknown
  /** What was written, after substitution. */
  readonly written: Located
  readonly place: Place
}

export type Components<Factory> = ReadonlyMap<string, ConfiguredComponent<Factory>>

/** The sections of components, with the word for one of each. */
export const sections = {
  receivers: 'receiver',
  processors: 'processor',
  exporters: 'exporter',
  extensions: 'extension',
} as const
export type Section = keyof typeof sections

/** A map at the top of the configuration. Absent and empty are the same. */
export function sectionOf(root: LocatedMap, name: string, issues: Issues): LocatedMap | undefined {
  const value = root.entries.get(name)?.value
  if (value === undefined || (value.kind === 'scalar' && value.value === null)) return undefined
  if (value.kind === 'map') return value
  issues.add(value.place, [name], `must be a map, not a ${value.kind}`)
  return undefined
}

/** Reads a section of components; those with errors are left out, and the errors are in `issues`. */
export function readComponents<Factory extends ComponentFactory>(
  root: LocatedMap,
  section: Section,
  factories: readonly Factory[],
  issues: Issues,
): Components<Factory> {
  const components = new Map<string, ConfiguredComponent<Factory>>()
  for (const [id, { key, value }] of sectionOf(root, section, issues)?.entries ?? []) {
    const path = [section, id]
    const type = typeOf(id)
    if (type === undefined) {
      issues.add(key, path, 'must be named type or type/name')
      continue
    }
    const factory = factories.find((one) => one.type === type || one.aliases?.includes(type))
    if (factory === undefined) {
      issues.add(key, path, unknownType(type, section, factories))
      continue
    }
    const read = readWith(factory.config, value, path, issues)
    if (read !== undefined) {
      components.set(id, { id, factory, config: read.config, written: read.part, place: key })
      for (const remark of factory.remarks?.(read.config) ?? []) issues.warn(key, path, remark)
    }
  }
  return components
}

function typeOf(id: string): string | undefined {
  return /^([^/\s]+)(\/[^\s]+)?$/.exec(id)?.[1]
}

function unknownType(
  type: string,
  section: Section,
  factories: readonly ComponentFactory[],
): string {
  const word = sections[section]
  const names = factories.flatMap((one) => [one.type, ...(one.aliases ?? [])]).toSorted()
  const unknown = `unknown type of ${word} ${JSON.stringify(type)}`
  if (names.length === 0) return `${unknown}, this version has no ${section}`
  const guess = didYouMean(type, names)
  return `${unknown}${guess}${guess === '' ? ', ' : ' '}known: ${names.join(', ')}`
}

const topLevelKeys = [...Object.keys(sections), 'service']

/** Finds keys at the top that mean nothing. */
export function checkTopLevel(root: LocatedMap, issues: Issues): void {
  for (const [name, { key }] of root.entries) {
    if (!topLevelKeys.includes(name)) addUnknownKey(key, [name], topLevelKeys, issues)
  }
}
