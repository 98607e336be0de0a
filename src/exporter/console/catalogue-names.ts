import type { Attributes } from '@opentelemetry/api'
import { type MetricNaming, profiles } from '../../generated/profiles.ts'

/** A metric of the catalogue that stands behind a name. */
export interface Source {
  /** Its name in the catalogue. A histogram whose sum is that of a counter stands for the counter. */
  readonly name: string
  readonly naming: MetricNaming | undefined
}

const byName = new Map<string, Source[]>()
for (const profile of Object.values(profiles)) {
  for (const [name, naming] of Object.entries<MetricNaming>(profile)) {
    const sources = byName.get(naming.name) ?? []
    sources.push({ name: naming.sumOf ?? name, naming })
    byName.set(naming.name, sources)
  }
}

/** What a name stands for, in whatever profile: several where they are told apart by attributes. */
export function sourcesOf(name: string): readonly Source[] {
  return byName.get(name) ?? [{ name, naming: undefined }]
}

/** Whether a point is of this source, by the attributes that its profile gave it. */
export function isOf({ naming }: Source, attributes: Attributes): boolean {
  if (naming === undefined) return true
  return Object.entries(naming.attributes).every(([key, value]) => attributes[key] === value)
}
