interface JsonPoint {
  readonly asInt?: string
  readonly asDouble?: number
  readonly attributes?: readonly { readonly key: string; readonly value: object }[]
}

interface JsonMetric {
  readonly name: string
  readonly gauge?: { readonly dataPoints: readonly JsonPoint[] }
  readonly sum?: { readonly dataPoints: readonly JsonPoint[] }
}

interface JsonRequest {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly JsonMetric[] }[]
  }[]
}

interface Reading {
  readonly name: string
  readonly value: number
  /** Values of its attributes, joined by commas. */
  readonly attributes: string
}

/** What says that something was counted nowhere, or late. */
const lossNames: ReadonlySet<string> = new Set([
  'nettracer.exporter.ring.full',
  'nettracer.exporter.ring.lost',
  'nettracer.exporter.unknown_records',
  'nettracer.exporter.undescribed_processes',
  'nettracer.exporter.connections.unmatched',
])

const coverageName = 'nettracer.coverage'
const seriesName = 'nettracer.exporter.series.active'
const names: ReadonlySet<string> = new Set([coverageName, seriesName, ...lossNames])

/** The points of coverage, series and losses in lines of OTLP JSON, in their order. */
async function* readingsOf(lines: AsyncIterable<string>): AsyncGenerator<Reading> {
  for await (const line of lines) {
    if (!line.includes(coverageName) && !line.includes('nettracer.exporter.')) continue
    const { resourceMetrics } = JSON.parse(line) as JsonRequest
    const metrics = resourceMetrics
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics }) => metrics)
    for (const { name, gauge, sum } of metrics) {
      if (!names.has(name)) continue
      for (const point of (gauge ?? sum)?.dataPoints ?? []) {
        yield { name, value: valueOf(point), attributes: attributesOf(point) }
      }
    }
  }
}

function valueOf({ asInt, asDouble }: JsonPoint): number {
  return asDouble ?? Number(asInt)
}

function attributesOf({ attributes = [] }: JsonPoint): string {
  return attributes.flatMap(({ value }) => Object.values(value)).join()
}

export interface Health {
  /** Each reading of `nettracer.coverage`, by counter. */
  readonly coverage: ReadonlyMap<string, readonly number[]>
  /** Each reading of how many series there are. */
  readonly series: readonly number[]
  /** The last reading of each of the agent's own counters of losses. */
  readonly losses: ReadonlyMap<string, number>
}

/** @param lines OTLP JSON, one request a line */
export async function readHealth(lines: AsyncIterable<string>): Promise<Health> {
  const coverage = new Map<string, number[]>()
  const series: number[] = []
  const losses = new Map<string, number>()
  for await (const { name, attributes, value } of readingsOf(lines)) {
    if (name === coverageName) {
      coverage.set(attributes, [...(coverage.get(attributes) ?? []), value])
    } else if (name === seriesName) {
      series.push(value)
    } else {
      losses.set(name, value)
    }
  }
  return { coverage, series, losses }
}
