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
  'nettracer.exporter.connections.unmatched',
])

/** The points of the named sums and gauges in lines of OTLP JSON, in their order. */
function* readingsOf(lines: readonly string[], names: ReadonlySet<string>): Generator<Reading> {
  for (const line of lines) {
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

/** Each reading of `nettracer.coverage`, by counter. */
export function readCoverage(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>()
  for (const { attributes, value } of readingsOf(lines, new Set(['nettracer.coverage']))) {
    found.set(attributes, [...(found.get(attributes) ?? []), value])
  }
  return found
}

/** The last reading of each of the agent's own counters of losses. */
export function readLosses(lines: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const { name, value } of readingsOf(lines, lossNames)) found.set(name, value)
  return found
}
