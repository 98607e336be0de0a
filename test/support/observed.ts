import { onTestFinished } from 'vitest'
import { metrics } from '../../src/generated/metrics.ts'
import type { LogRecord, Logs } from '../../src/model/logs.ts'
import type { Metrics } from '../../src/model/metrics.ts'
import { nettracerConfig } from '../../src/receiver/nettracer/config.ts'
import { NettracerReceiver } from '../../src/receiver/nettracer/receiver.ts'
import { createSource } from '../../src/source/index.ts'
import { Points, type ReportedPoint } from './agent-points.ts'
import { recordedSettings } from './recorded-telemetry.ts'

export const sourceNames = ['ebpf', 'inet_diag'] as const
export type SourceName = (typeof sourceNames)[number]

/** The receiver on one of the sources, with all metrics of the catalogue, and what it said. */
export class Observed {
  readonly source: SourceName
  readonly #all: ReportedPoint[] = []
  readonly #records: LogRecord[] = []
  readonly #receiver: NettracerReceiver

  private constructor(source: SourceName) {
    this.source = source
    const enabled = Object.fromEntries(
      Object.keys(metrics).map((name) => [name, { enabled: true }]),
    )
    const config = nettracerConfig.parse({ source, collection_interval: '1h', metrics: enabled })
    const consumer = { consume: (batch: Metrics) => void this.#all.push(...pointsOf(batch)) }
    const logs = { consume: (batch: Logs) => void this.#records.push(...recordsOf(batch)) }
    const outlets = { metrics: [{ consumer, temporality: 'cumulative' as const }], logs }
    this.#receiver = new NettracerReceiver(
      recordedSettings('nettracer').settings,
      config,
      outlets,
      {
        createSource: () => createSource({ source, hasResponseTimes: true, hasDatagrams: true }),
      },
    )
  }

  /** Ends with the test. */
  static async start(source: SourceName): Promise<Observed> {
    const observed = new Observed(source)
    onTestFinished(() => observed.stop())
    await observed.#receiver.start()
    return observed
  }

  async stop(): Promise<void> {
    await this.#receiver.shutdown()
  }

  async collect(): Promise<void> {
    await this.#receiver.collect()
  }

  get points(): Points {
    return new Points(this.#all)
  }

  /** Close records of connections with a port. */
  records(port: number): LogRecord[] {
    return this.#records.filter(({ attributes }) => attributes?.['server.port'] === port)
  }

  /** Collects until something holds that time brings about, at most for 20 s. */
  async collectUntil(holds: () => boolean): Promise<void> {
    const deadline = performance.now() + 20_000
    for (;;) {
      await this.collect()
      if (holds()) return
      if (performance.now() > deadline) throw new Error('what was waited for did not come')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function recordsOf({ resourceLogs }: Logs): LogRecord[] {
  return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap((one) => one.logRecords))
}

const texts = (attributes: object): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)]))

function pointsOf({ resourceMetrics }: Metrics): ReportedPoint[] {
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ scope, metrics: list }) =>
      list.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, startTime, endTime, value }) => ({
          resource: texts(resource.attributes),
          scope: `${scope.name}@${scope.version}`,
          name: descriptor.name,
          unit: descriptor.unit,
          isDelta: false,
          attributes: texts(attributes),
          start: nsOf(startTime),
          end: nsOf(endTime),
          ...numbersOf(value),
        })),
      ),
    ),
  )
}

interface Histogram {
  readonly count: number
  readonly sum?: number
  readonly min?: number
  readonly max?: number
}

function numbersOf(value: number | Histogram) {
  const none = { sum: Number.NaN, min: Number.NaN, max: Number.NaN, bucketed: 0 }
  if (typeof value === 'number') return { ...none, value }
  const { count, sum = Number.NaN, min = Number.NaN, max = Number.NaN } = value
  return { value: count, sum, min, max, bucketed: count }
}

const nsOf = ([seconds, ns]: readonly [number, number]): bigint =>
  BigInt(seconds) * 1_000_000_000n + BigInt(ns)
