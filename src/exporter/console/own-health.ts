import type { Attributes } from '@opentelemetry/api'
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics'
import { byteCount, shortNumber } from '../../terminal/human.ts'
import { textOf } from './identity.ts'

type NumberPoint = Extract<MetricData, { dataPointType: DataPointType.GAUGE }>['dataPoints'][number]

/** Sums that should stay at 0, and how they are called when they do not. */
const losses = new Map([
  ['nettracer.exporter.ring.lost', 'records lost'],
  ['nettracer.exporter.ring.full', 'records merged (ring full)'],
  ['nettracer.exporter.failed_points', 'points failed to export'],
  ['nettracer.exporter.rejected_points', 'points rejected by a backend'],
  ['nettracer.exporter.dropped_points', 'points dropped'],
])

/** What the agent says of itself, from its own telemetry on the same pipeline. */
export class OwnHealth {
  readonly #losses = new Map<string, number>()
  readonly #levels = new Map<string, number>()
  readonly #coverage = new Map<string, number>()
  readonly #cpu = new Map<string, NumberPoint>()
  #cpuPercent = Number.NaN

  add({ scopeMetrics }: ResourceMetrics): void {
    for (const metric of scopeMetrics.flatMap((scope) => scope.metrics)) this.#addMetric(metric)
  }

  /** Short facts, most wanted first; empty before the first telemetry. Losses only where there are some. */
  facts(): string[] {
    const facts: string[] = []
    if (Number.isFinite(this.#cpuPercent)) facts.push(`cpu ${this.#cpuPercent.toFixed(1)} %`)
    const rss = this.#levels.get('nettracer.exporter.memory.rss')
    if (rss !== undefined) facts.push(`rss ${byteCount(rss)}`)
    const sockets = this.#levels.get('nettracer.exporter.sockets')
    if (sockets !== undefined) facts.push(`${shortNumber(sockets)} sockets`)
    if (this.#coverage.size > 0) {
      const worst = Math.min(...this.#coverage.values())
      facts.push(`coverage ${(worst * 100).toFixed(2)} %`)
    }
    return facts
  }

  /** What went wrong since the start, as sentences. */
  warnings(): string[] {
    const warnings: string[] = []
    for (const [name, words] of losses) {
      const count = this.#losses.get(name) ?? 0
      if (count > 0) warnings.push(`agent: ${shortNumber(count)} ${words} since the start`)
    }
    const failed = this.#levels.get('nettracer.exporter.programs.failed') ?? 0
    if (failed > 0) warnings.push(`agent: ${failed} BPF programs not loaded, see nettracer doctor`)
    return warnings
  }

  #addMetric(metric: MetricData): void {
    if (
      metric.dataPointType !== DataPointType.SUM &&
      metric.dataPointType !== DataPointType.GAUGE
    ) {
      return
    }
    const { name } = metric.descriptor
    const isDelta = metric.aggregationTemporality === AggregationTemporality.DELTA
    if (name === 'nettracer.exporter.cpu.time') this.#addCpu(metric.dataPoints, isDelta)
    else if (losses.has(name)) {
      const before = isDelta ? (this.#losses.get(name) ?? 0) : 0
      this.#losses.set(name, before + sumOf(metric.dataPoints))
    } else if (name === 'nettracer.coverage') {
      for (const { attributes, value } of metric.dataPoints) {
        this.#coverage.set(keyOf(attributes), value)
      }
    } else if (metric.dataPointType === DataPointType.GAUGE) {
      this.#levels.set(name, sumOf(metric.dataPoints))
    }
  }

  #addCpu(points: readonly NumberPoint[], isDelta: boolean): void {
    let share = 0
    for (const point of points) {
      const before = this.#cpu.get(keyOf(point.attributes))
      this.#cpu.set(keyOf(point.attributes), point)
      if (isDelta) share += point.value / secondsBetween(point.startTime, point.endTime)
      else if (before !== undefined) {
        share += (point.value - before.value) / secondsBetween(before.endTime, point.endTime)
      } else share = Number.NaN
    }
    this.#cpuPercent = share * 100
  }
}

function sumOf(points: readonly NumberPoint[]): number {
  let sum = 0
  for (const { value } of points) sum += value
  return sum
}

function secondsBetween(start: NumberPoint['startTime'], end: NumberPoint['endTime']): number {
  return end[0] - start[0] + (end[1] - start[1]) / 1e9
}

function keyOf(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([key, value]) => `${key}=${textOf(value)}`)
    .toSorted()
    .join()
}
