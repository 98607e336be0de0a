import type { ComponentFactory } from './component.ts'
import type { ConfiguredComponent } from './components.ts'
import { withDefaults } from './defaults.ts'
import { toPlain } from './located.ts'

/** What a component runs by, as a user would write it: its defaults filled in. */
export function effectiveOf({
  factory,
  written,
}: Pick<ConfiguredComponent<ComponentFactory>, 'factory' | 'written'>): unknown {
  return withDefaults(factory.config, toPlain(written))
}

/** Equal for two components of one type that run by the same, however it was written. */
export function effectiveKey(component: ConfiguredComponent<ComponentFactory>): string {
  return JSON.stringify([component.factory.type, sorted(effectiveOf(component))])
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
