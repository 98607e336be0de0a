import type { Temporality } from '../model/metrics.ts'
import type { ExporterFactory, ReceiverFactory, TemporalityRule } from './component.ts'
import type { Components, ConfiguredComponent } from './components.ts'
import type { Issues } from './issue.ts'
import { emptyMap, type Located, type LocatedMap, placeOf, toPlain, valueAt } from './located.ts'
import { signalOf } from './pipelines.ts'
import type { ServiceConfig } from './service-config.ts'

type Exporter = ConfiguredComponent<ExporterFactory>

interface Parts {
  readonly receivers: Components<ReceiverFactory>
  readonly exporters: Components<ExporterFactory>
  readonly service: ServiceConfig
  readonly written: LocatedMap
}

/**
 * Makes exporters ask for what their receivers can make. Where the user has asked for something else, or the exporter
 * can take nothing else, that is an error.
 *
 * @returns the exporters, with the preference filled in that nobody wrote
 */
export function settleTemporality(parts: Parts, issues: Issues): Components<ExporterFactory> {
  const settled = new Map(parts.exporters)
  for (const [name, pipeline] of Object.entries(parts.service.pipelines)) {
    if (signalOf(name) !== 'metrics') continue
    for (const id of pipeline.receivers) {
      const rule = ruleOf(parts.receivers, id)
      if (rule === undefined) continue
      for (const [at, exporterId] of pipeline.exporters.entries()) {
        const exporter = settled.get(exporterId)
        if (exporter === undefined || fits(exporter, rule.only)) continue
        const why = `receiver ${id} makes ${rule.only} only (${rule.because})`
        const place = { path: ['service', 'pipelines', name, 'exporters', at], root: parts.written }
        const adapted = adapt(exporter, rule.only)
        if (adapted === undefined) refuse(exporter, why, place, issues)
        else settled.set(exporterId, adapted)
      }
    }
  }
  return settled
}

function ruleOf(receivers: Components<ReceiverFactory>, id: string): TemporalityRule | undefined {
  const receiver = receivers.get(id)
  return receiver?.factory.temporality?.(receiver.config)
}

function fits({ factory, config }: Exporter, wanted: Temporality): boolean {
  return (factory.temporality?.(config) ?? wanted) === wanted
}

/** @returns `undefined` if it cannot be adapted, or the user wants it otherwise */
function adapt(exporter: Exporter, wanted: Temporality): Exporter | undefined {
  const { factory, place, written } = exporter
  const key = factory.temporalityKey
  if (key === undefined || isWritten(written, key)) return undefined
  const map = written.kind === 'map' ? written : emptyMap(place)
  const value: Located = { kind: 'scalar', place, value: wanted, isPlain: true }
  const whole = { ...map, entries: new Map([...map.entries, [key, { key: place, value }]]) }
  return { ...exporter, written: whole, config: factory.config.parse(toPlain(whole)) }
}

/** A key without a value counts as not written. */
function isWritten(written: Located, key: string): boolean {
  const value = valueAt(written, [key])
  return value !== undefined && toPlain(value) !== null
}

function refuse(
  { id, factory, config, written }: Exporter,
  why: string,
  reference: { readonly path: readonly (string | number)[]; readonly root: LocatedMap },
  issues: Issues,
): void {
  const key = factory.temporalityKey
  if (key !== undefined) {
    issues.add(placeOf(written, [key]), ['exporters', id, key], `must be left out or fit: ${why}`)
    return
  }
  const { path, root } = reference
  const takes = factory.temporality?.(config)
  issues.add(placeOf(root, path), path, `${JSON.stringify(id)} takes ${takes} only, but ${why}`)
}
