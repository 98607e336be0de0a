import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api'
import { type TelemetryMetricName, telemetryMetrics } from '../../generated/metrics.ts'
import type { ContainerStats } from '../../identity/container/runtimes.ts'
import type { NameDirectory } from '../../identity/dns/directory.ts'
import type { ResourceStats } from '../../identity/kubernetes/index.ts'
import type { SeriesStats } from '../../series/index.ts'
import type { SourceHealth } from '../../source/source.ts'
import type { CloseRecordCounts } from './close-records/close-records.ts'
import type { CoverageRatios } from './coverage.ts'
import type { GapCounts } from './punctuality.ts'

/** What became of the collections. */
export interface CollectionCounts {
  completed: number
  failed: number
  /** The one before was still running. */
  skipped: number
  /** How long the last one took. */
  lastSeconds: number
}

/** Where the receiver's own metrics are read from, at each reading anew. */
export interface Vitals {
  /** `undefined` before the source has started. */
  readonly source: () => SourceHealth | undefined
  readonly series: () => SeriesStats
  readonly collections: () => CollectionCounts
  readonly gaps: () => GapCounts
  readonly coverage: () => CoverageRatios
  /** `undefined` where no log records are made. */
  readonly closeRecords: () => CloseRecordCounts | undefined
  /** `undefined` where no names of DNS are wanted. */
  readonly names: () => NameDirectory | undefined
  /** Files of names for peers that cannot be used. */
  readonly unusableFiles: () => number
  /** Empty where Kubernetes is not asked. */
  readonly kubernetes: () => readonly ResourceStats[]
  /** `undefined` where no container runtime is asked. */
  readonly containers: () => ContainerStats | undefined
}

type Observe = (value: number, attributes?: Attributes) => void

type ReadHealth = (health: SourceHealth) => number | undefined

/** What the source says of itself; `undefined` of what it does not have. */
const sourceFigures: readonly (readonly [TelemetryMetricName, ReadHealth])[] = [
  ['nettracer.exporter.records', ({ records }) => records],
  ['nettracer.exporter.unknown_records', ({ unknownRecords }) => unknownRecords],
  ['nettracer.exporter.ring.full', ({ ringFull }) => ringFull],
  ['nettracer.exporter.ring.lost', ({ lost }) => lost],
  ['nettracer.exporter.ends.missed', ({ endsMissed }) => endsMissed],
  ['nettracer.exporter.responses.lost', ({ responsesLost }) => responsesLost],
  ['nettracer.exporter.sockets', ({ sockets }) => sockets],
  ['nettracer.exporter.unowned_sockets', ({ unowned }) => unowned],
  ['nettracer.exporter.undescribed_processes', ({ undescribed }) => undescribed],
  ['nettracer.exporter.flow_table.resets', ({ flowTableResets }) => flowTableResets],
  [
    'nettracer.exporter.programs.failed',
    ({ programs }) => programs.filter(({ attached }) => !attached).length,
  ],
  [
    'nettracer.exporter.programs.missed',
    ({ programs }) => programs.reduce((sum, { missed }) => sum + missed, 0),
  ],
  ['nettracer.exporter.nat.namespaces', ({ nat }) => nat?.namespaces],
  ['nettracer.exporter.nat.entries', ({ nat }) => nat?.entries],
  ['nettracer.exporter.nat.missed', ({ nat }) => nat && nat.missed + nat.overruns],
  ['nettracer.exporter.nat.dumps', ({ nat }) => nat?.dumps],
  ['nettracer.exporter.nat.failures', ({ nat }) => nat?.failures],
  ['nettracer.exporter.edges.untold', ({ edges }) => edges && edges.untold + edges.leftOut],
  ['nettracer.exporter.dns.answers', ({ answers }) => answers?.read],
  ['nettracer.exporter.dns.dropped', ({ answers }) => answers?.lost],
  ['nettracer.exporter.netlink.namespaces', ({ netlink }) => netlink?.namespaces],
  ['nettracer.exporter.netlink.namespaces_left_out', ({ netlink }) => netlink?.namespacesLeftOut],
  ['nettracer.exporter.netlink.overruns', ({ netlink }) => netlink?.overruns],
  ['nettracer.exporter.netlink.failures', ({ netlink }) => netlink?.failures],
]

type ObserveMetric = (name: TelemetryMetricName, read: (observe: Observe) => void) => void

/** @param stops gets what ends each */
function observerOf(meter: Meter, stops: (() => void)[]): ObserveMetric {
  return (name, read) => {
    const { unit, description, kind } = telemetryMetrics[name]
    const options = { unit, description }
    const instrument =
      kind === 'sum'
        ? meter.createObservableCounter(name, options)
        : meter.createObservableGauge(name, options)
    const report = (result: ObservableResult) =>
      read((value, attributes) => result.observe(value, attributes))
    instrument.addCallback(report)
    stops.push(() => instrument.removeCallback(report))
  }
}

/** Tells of the receiver's own health. @returns what ends it */
export function observeReceiver(meter: Meter, vitals: Vitals): () => void {
  const stops: (() => void)[] = []
  const observe = observerOf(meter, stops)
  const ofSource = (name: TelemetryMetricName, read: ReadHealth) =>
    observe(name, (observed) => {
      const health = vitals.source()
      const value = health && read(health)
      if (value !== undefined) observed(value)
    })

  for (const [name, read] of sourceFigures) ofSource(name, read)

  const ofSeries = (name: TelemetryMetricName, read: (stats: SeriesStats) => number) =>
    observe(name, (observed) => observed(read(vitals.series())))

  ofSeries('nettracer.exporter.series.active', ({ active }) => active)
  ofSeries('nettracer.exporter.series.limit', ({ limit }) => limit)
  ofSeries('nettracer.exporter.series.overflowed', ({ overflowed }) => overflowed)
  ofSeries('nettracer.exporter.series.exchanged', ({ exchanged }) => exchanged)
  ofSeries('nettracer.exporter.connections.unmatched', ({ unmatched }) => unmatched)

  observe('nettracer.exporter.collections', (observed) => {
    const { completed, failed, skipped } = vitals.collections()
    observed(completed, { 'nettracer.outcome': 'completed' })
    observed(failed, { 'nettracer.outcome': 'failed' })
    observed(skipped, { 'nettracer.outcome': 'skipped' })
  })
  observe('nettracer.exporter.collection.gaps', (observed) => {
    for (const [reason, count] of Object.entries(vitals.gaps())) {
      observed(count, { 'nettracer.gap.reason': reason })
    }
  })
  observe('nettracer.exporter.collection.duration', (observed) =>
    observed(vitals.collections().lastSeconds),
  )
  observeCloseRecords(observe, vitals)
  observeNames(observe, vitals)
  observeKubernetes(observe, vitals)
  observeContainers(observe, vitals)
  observe('nettracer.coverage', (observed) => {
    for (const [counter, ratio] of Object.entries(vitals.coverage())) {
      observed(ratio, { 'nettracer.counter': counter })
    }
  })
  return () => {
    for (const stop of stops) stop()
  }
}

function observeCloseRecords(observe: ObserveMetric, vitals: Vitals): void {
  observe('nettracer.exporter.close_records.made', (observed) => {
    const counts = vitals.closeRecords()
    if (counts !== undefined) observed(counts.made)
  })
  observe('nettracer.exporter.close_records.left_out', (observed) => {
    const { made: _, ...leftOut } = vitals.closeRecords() ?? { made: 0 }
    for (const [reason, count] of Object.entries(leftOut)) {
      observed(count, { 'nettracer.drop.reason': reason })
    }
  })
}

function observeNames(observe: ObserveMetric, { names, unusableFiles }: Vitals): void {
  observe('nettracer.exporter.dns.malformed', (observed) => {
    const directory = names()
    if (directory !== undefined) observed(directory.malformed)
  })
  observe('nettracer.exporter.dns.names', (observed) => {
    const directory = names()
    if (directory !== undefined) observed(directory.size)
  })
  observe('nettracer.exporter.peer_files.unusable', (observed) => observed(unusableFiles()))
  observe('nettracer.exporter.dns.reverse_lookups', (observed) => {
    for (const [outcome, count] of Object.entries({ ...names()?.reverse?.counts })) {
      observed(count, { 'nettracer.outcome': outcome })
    }
  })
}

function observeKubernetes(observe: ObserveMetric, vitals: Vitals): void {
  const ofEach = (
    name: TelemetryMetricName,
    read: (stats: ResourceStats, observed: Observe, attributes: Attributes) => void,
  ) =>
    observe(name, (observed) => {
      for (const stats of vitals.kubernetes()) {
        read(stats, observed, { 'nettracer.kubernetes.resource': stats.resource })
      }
    })
  const figure = (name: TelemetryMetricName, read: (stats: ResourceStats) => number) =>
    ofEach(name, (stats, observed, attributes) => observed(read(stats), attributes))

  figure('nettracer.exporter.kubernetes.objects', ({ objects }) => objects)
  figure('nettracer.exporter.kubernetes.left_out', ({ leftOut }) => leftOut)
  figure('nettracer.exporter.kubernetes.failures', ({ failures }) => failures)
  figure('nettracer.exporter.kubernetes.events', ({ events }) => events)
  ofEach('nettracer.exporter.kubernetes.requests', ({ lists, watches }, observed, attributes) => {
    observed(lists, { ...attributes, 'nettracer.kubernetes.verb': 'list' })
    observed(watches, { ...attributes, 'nettracer.kubernetes.verb': 'watch' })
  })
}

function observeContainers(observe: ObserveMetric, { containers }: Vitals): void {
  const ofContainers = (name: TelemetryMetricName, read: (stats: ContainerStats) => number) =>
    observe(name, (observed) => {
      const stats = containers()
      if (stats !== undefined) observed(read(stats))
    })
  ofContainers('nettracer.exporter.containers.known', (stats) => stats.containers)
  ofContainers('nettracer.exporter.containers.events', ({ events }) => events)
  ofContainers('nettracer.exporter.containers.failures', ({ failures }) => failures)
  ofContainers('nettracer.exporter.containers.left_out', ({ leftOut }) => leftOut)
}
