import type { Attributes, HrTime } from '@opentelemetry/api'
import type {
  ExponentialHistogramMetricData,
  MetricData,
  ResourceMetrics,
  SumMetricData,
} from '@opentelemetry/sdk-metrics'
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics'
import { isRecorded } from '../../model/points.ts'
import { isOf, type Source, sourcesOf } from './catalogue-names.ts'
import { identityOf, textOf } from './identity.ts'
import type { Traffic } from './traffic.ts'
import { countUp, emptyTraffic } from './traffic.ts'

/** All that was reported with one end time. */
export interface Interval {
  readonly endMs: number
  /** Length in s; 0 before anything with a length was reported. */
  readonly seconds: number
  readonly host: string
  readonly rows: readonly Traffic[]
}

type Reader = (row: Traffic, value: number, attributes: Attributes) => void

/** What is read of a metric with a number in each point, or of the sum of a histogram. */
const numbers = new Map<string, Reader>([
  ['nettracer.bytes_tx', (row, value) => void (row.bytesTx += value)],
  ['nettracer.bytes_rx', (row, value) => void (row.bytesRx += value)],
  ['nettracer.pkts_tx', (row, value) => void (row.pktsTx += value)],
  ['nettracer.pkts_retr', (row, value) => void (row.pktsRetr += value)],
  ['nettracer.connections.active', (row, value) => void (row.open += value)],
  ['nettracer.connections.opened', (row, value) => void (row.opened += value)],
  ['nettracer.connections.closed', (row, value) => void (row.closed += value)],
  [
    'nettracer.connections.failed',
    (row, value, attributes) => countUp(row.failures, textOf(attributes['error.type']), value),
  ],
  [
    'nettracer.rejects',
    (row, value, attributes) =>
      countUp(row.rejects, textOf(attributes['nettracer.reject.reason']), value),
  ],
])

/** Puts the parts of one collection together, however a processor has cut it. */
export class IntervalBuilder {
  readonly end: HrTime
  readonly #rows = new Map<string, Traffic>()
  #seconds = 0
  #host = ''

  constructor(end: HrTime) {
    this.end = end
  }

  /** @returns points left out because they are cumulative: their interval is not known */
  add({ resource, scopeMetrics }: ResourceMetrics): number {
    const { attributes } = resource
    this.#host = textOf(attributes['host.name']) || this.#host
    // A series has one attribute object for all its metrics: its row is looked up once.
    const known = new Map<Attributes, Traffic>()
    const rowOf = (point: Attributes): Traffic => {
      let row = known.get(point)
      if (row === undefined) {
        row = this.#row(attributes, point)
        known.set(point, row)
      }
      return row
    }
    let left = 0
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) left += this.#addMetric(metric, rowOf)
    }
    return left
  }

  build(): Interval {
    const [seconds, nanoseconds] = this.end
    return {
      endMs: seconds * 1000 + nanoseconds / 1e6,
      seconds: this.#seconds,
      host: this.#host,
      rows: [...this.#rows.values()],
    }
  }

  #addMetric(metric: MetricData, rowOf: (point: Attributes) => Traffic): number {
    const all = sourcesOf(metric.descriptor.name)
    const sources = all.filter(({ name }) => name === 'nettracer.rtt' || numbers.has(name))
    if (sources.length === 0) return 0
    if (metric.dataPointType === DataPointType.SUM) return this.#addSum(metric, sources, rowOf)
    if (metric.dataPointType !== DataPointType.EXPONENTIAL_HISTOGRAM) return 0
    return this.#addHistogram(metric, sources, rowOf)
  }

  #addHistogram(
    metric: ExponentialHistogramMetricData,
    sources: readonly Source[],
    rowOf: (point: Attributes) => Traffic,
  ): number {
    if (metric.aggregationTemporality === AggregationTemporality.CUMULATIVE) {
      return metric.dataPoints.length
    }
    for (const { value, attributes } of metric.dataPoints.filter(isRecorded)) {
      const source = sources.find((one) => isOf(one, attributes))
      if (source === undefined) continue
      const row = rowOf(attributes)
      if (source.name === 'nettracer.rtt') row.rtt.add(value, 1 / (source.naming?.scale ?? 1))
      else numbers.get(source.name)?.(row, value.sum ?? 0, attributes)
    }
    return 0
  }

  /** A sum that is not monotonic, such as the open connections, is a level in either temporality. */
  #addSum(
    metric: SumMetricData,
    sources: readonly Source[],
    rowOf: (point: Attributes) => Traffic,
  ): number {
    const isCumulative = metric.aggregationTemporality === AggregationTemporality.CUMULATIVE
    if (isCumulative && metric.isMonotonic) return metric.dataPoints.length
    for (const { value, attributes, startTime } of metric.dataPoints.filter(isRecorded)) {
      const source = sources.find((one) => isOf(one, attributes))
      if (source === undefined) continue
      numbers.get(source.name)?.(rowOf(attributes), value, attributes)
      if (!isCumulative) this.#stretch(startTime)
    }
    return 0
  }

  /** The longest report is the interval; a series that began within it is shorter. */
  #stretch([seconds, nanoseconds]: HrTime): void {
    const length = this.end[0] - seconds + (this.end[1] - nanoseconds) / 1e9
    if (length > this.#seconds) this.#seconds = length
  }

  #row(resource: Attributes, point: Attributes): Traffic {
    const identity = identityOf(resource, point)
    const { service, role, port, peer } = identity
    const key = JSON.stringify([service, role, port, peer])
    let row = this.#rows.get(key)
    if (row === undefined) {
      row = emptyTraffic(identity)
      this.#rows.set(key, row)
    }
    row.instances.add(textOf(resource['service.instance.id']))
    return row
  }
}
