import type { Attributes } from '@opentelemetry/api'
import {
  type AttributeName,
  type MetricName,
  metrics,
  optInAttributes,
} from '../generated/metrics.ts'
import type { MetricNaming } from '../generated/profiles.ts'
import {
  type Instrument,
  instruments,
  type Reading,
  type Split,
  type Subject,
} from './instruments.ts'
import { sideBits } from './side-columns.ts'

/** Attributes that tell series apart; others of the catalogue split a metric within its series. */
export const seriesAttributes = [
  'network.transport',
  'network.type',
  'nettracer.role',
  'server.port',
  'server.address',
  'network.peer.address',
  'nettracer.peer.scope',
  'server.service.name',
  'server.service.namespace',
  'client.service.name',
  'client.service.namespace',
  'nettracer.peer.k8s.namespace.name',
  'nettracer.peer.k8s.service.name',
  'nettracer.peer.k8s.deployment.name',
  'nettracer.peer.k8s.statefulset.name',
  'nettracer.peer.k8s.daemonset.name',
  'nettracer.peer.k8s.cronjob.name',
  'nettracer.peer.k8s.job.name',
  'nettracer.peer.k8s.pod.name',
  'nettracer.peer.k8s.node.name',
  'server.as.number',
  'server.as.organization.name',
  'server.geo.country.iso_code',
  'client.as.number',
  'client.as.organization.name',
  'client.geo.country.iso_code',
] as const satisfies readonly AttributeName[]
export type SeriesAttribute = (typeof seriesAttributes)[number]
/** Those of one series; what is not known is absent. */
export type SeriesAttributes = Readonly<Partial<Record<SeriesAttribute, string | number>>>

/** A metric that is reported, and the attributes it is reported by. */
export interface SelectedMetric {
  readonly name: MetricName
  readonly attributes: ReadonlySet<AttributeName>
  /** Most series of it that are kept apart; absent: as many as the store has. */
  readonly limit?: number
  /** Absent: as in the catalogue. */
  readonly naming?: MetricNaming
}

/** Counters that are one point: a split metric by those of its attributes that are on. */
export interface PointGroup {
  /** Those besides the ones of the series. */
  readonly attributes: Attributes | undefined
  readonly columns: readonly number[]
}

/** How a metric is read by the attributes it is reported by. */
export type ViewReading =
  | Exclude<Reading, Split>
  | { readonly type: 'groups'; readonly groups: readonly PointGroup[]; readonly scale: number }

/** A metric of a view. */
export interface ViewMetric {
  readonly name: MetricName
  readonly instrument: Instrument
  readonly naming: MetricNaming | undefined
  readonly reading: ViewReading
}

/** Metrics that are reported by the same attributes, in as many series, and so share their series. */
export interface View {
  /** Place in the list of views. */
  readonly index: number
  readonly attributes: readonly SeriesAttribute[]
  readonly metrics: readonly ViewMetric[]
  readonly subjects: ReadonlySet<Subject>
  /** Most series that are kept apart, if fewer than the store has. */
  readonly limit: number | undefined
  /** Of one series, if it has all there is. */
  readonly maxPoints: number
  /** Bit per histogram slot in use. */
  readonly histograms: number
  /** What values of a histogram slot are multiplied by; `undefined` if by 1 in all slots. */
  readonly scales: ReadonlyMap<number, number> | undefined
  /** Bit per side column in use. */
  readonly side: number
}

/** Whether an attribute is on if the configuration does not say so. */
export function isDefault(attribute: AttributeName): boolean {
  return !optInAttributes.includes(attribute)
}

/** Every metric of the catalogue that is on by itself, with the attributes that are. */
export function defaultSelection(): SelectedMetric[] {
  return Object.values(metrics)
    .filter(({ enabled }) => enabled)
    .map(({ name, attributes }) => ({ name, attributes: new Set(attributes.filter(isDefault)) }))
}

export function viewsOf(selection: readonly SelectedMetric[]): View[] {
  const byAttributes = new Map<
    string,
    Pick<View, 'attributes' | 'limit'> & { metrics: ViewMetric[] }
  >()
  for (const selected of selection) {
    const { limit } = selected
    const attributes = seriesAttributes.filter((name) => selected.attributes.has(name))
    const key = [limit, ...attributes].join()
    const view = byAttributes.get(key) ?? { attributes, limit, metrics: [] }
    view.metrics.push(viewMetric(selected))
    byAttributes.set(key, view)
  }
  // First those without a limit of their own: their overflow has nothing of routes that are kept.
  const ordered = [...byAttributes.values()].toSorted(
    (one, other) => Number(one.limit !== undefined) - Number(other.limit !== undefined),
  )
  return ordered.map((view, index) => ({
    ...view,
    index,
    maxPoints: view.metrics.reduce((points, { reading }) => points + pointsOf(reading), 0),
    subjects: new Set(view.metrics.flatMap(({ instrument }) => instrument.subjects)),
    histograms: view.metrics.reduce((bits, metric) => bits | histogramBit(metric), 0),
    scales: scalesOf(view.metrics),
    side: view.metrics.reduce((bits, { reading }) => bits | sideBits(columnsOf(reading)), 0),
  }))
}

/** The attributes that any of the views tells series apart by. */
export function attributesOf(views: readonly View[]): SeriesAttribute[] {
  return seriesAttributes.filter((name) =>
    views.some(({ attributes }) => attributes.includes(name)),
  )
}

/** Equal for equal values of the named attributes, and for no others. */
export function keyOf(names: readonly SeriesAttribute[], values: SeriesAttributes): string {
  let used = names.length
  while (used > 0 && values[names[used - 1] ?? 'server.port'] === undefined) used -= 1
  const parts: (string | number)[] = []
  for (let at = 0; at < used; at += 1) parts.push(keyPart(values[names[at] ?? 'server.port']))
  // Joined in one go: a string that was added up takes three times the memory.
  return parts.join('\n')
}

/** Names of services are foreign, and may hold what keys are joined by. */
function keyPart(value: string | number | undefined): string | number {
  if (value === undefined) return ''
  if (typeof value === 'number' || !/[\n\\]/.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

/** Whether two series have the same values of the named attributes. */
export function isEqualIn(
  names: readonly SeriesAttribute[],
  one: SeriesAttributes,
  other: SeriesAttributes,
): boolean {
  return names.every((name) => one[name] === other[name])
}

/** The same object where all its attributes are named: most series are told apart by all there are. */
export function pick(names: readonly SeriesAttribute[], values: SeriesAttributes): Attributes {
  const isAll = seriesAttributes.every((name) => values[name] === undefined || names.includes(name))
  if (isAll) return values
  const picked: Attributes = {}
  for (const name of names) {
    const value = values[name]
    if (value !== undefined) picked[name] = value
  }
  return picked
}

function viewMetric({ name, attributes, naming }: SelectedMetric): ViewMetric {
  const instrument = instruments[name]
  const { reading } = instrument
  return {
    name,
    instrument,
    naming,
    reading: reading.type === 'split' ? readingOf(reading, attributes) : reading,
  }
}

function readingOf(split: Split, selected: ReadonlySet<AttributeName>): ViewReading {
  if (split.whole !== undefined && !split.attributes.some((name) => selected.has(name)))
    return split.whole
  const groups = new Map<string, { attributes: Attributes | undefined; columns: number[] }>()
  for (const { column, values } of split.parts) {
    const attributes: Attributes = {}
    for (const [place, name] of split.attributes.entries()) {
      if (selected.has(name)) attributes[name] = values[place] ?? ''
    }
    const key = JSON.stringify(attributes)
    const hasOwn = Object.keys(attributes).length > 0
    const group = groups.get(key) ?? { attributes: hasOwn ? attributes : undefined, columns: [] }
    group.columns.push(column)
    groups.set(key, group)
  }
  return { type: 'groups', groups: [...groups.values()], scale: split.scale ?? 1 }
}

function columnsOf(reading: ViewReading): readonly number[] {
  if (reading.type === 'counter') return [reading.column]
  return reading.type === 'groups' ? reading.groups.flatMap(({ columns }) => columns) : []
}

function pointsOf(reading: ViewReading): number {
  return reading.type === 'groups' ? reading.groups.length : 1
}

function histogramBit({ reading }: ViewMetric): number {
  return reading.type === 'histogram' ? 1 << reading.slot : 0
}

function scalesOf(all: readonly ViewMetric[]): View['scales'] {
  const scales = new Map<number, number>()
  for (const { instrument, naming } of all) {
    if (instrument.reading.type !== 'histogram' || naming === undefined) continue
    if (naming.scale !== 1) scales.set(instrument.reading.slot, naming.scale)
  }
  return scales.size > 0 ? scales : undefined
}
