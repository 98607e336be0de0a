interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: string }
}

interface Point {
  readonly attributes?: readonly Attribute[]
  readonly startTimeUnixNano: string
  readonly asInt?: string
}

interface Request {
  readonly resourceMetrics?: readonly {
    readonly resource?: { readonly attributes?: readonly Attribute[] }
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string
        readonly sum?: { readonly dataPoints: readonly Point[] }
      }[]
    }[]
  }[]
}

/** Bytes that clients of a port sent. */
export interface SentByOwner {
  total: number
  /** Of processes that are known by their executable. */
  owned: number
  /** Of processes whose container is known, and whose container has a name. */
  inContainers: number
  named: number
}

/** @param lines requests of OTLP JSON, cumulative */
export async function sentByOwner(
  lines: AsyncIterable<string>,
  port: number,
): Promise<SentByOwner> {
  const last = new Map<string, { keys: ReadonlySet<string>; value: number }>()
  for await (const line of lines) {
    const request: Request = JSON.parse(line)
    for (const { resource, scopeMetrics } of request.resourceMetrics ?? []) {
      const attributes = resource?.attributes ?? []
      const keys = new Set(attributes.map(({ key }) => key))
      const metrics = scopeMetrics.flatMap((scope) => scope.metrics)
      const points = metrics
        .filter(({ name }) => name === 'nettracer.bytes_tx')
        .flatMap(({ sum }) => sum?.dataPoints ?? [])
      for (const point of points) {
        if (!isClientOf(point, port) || point.asInt === undefined) continue
        const series = JSON.stringify([attributes, point.attributes, point.startTimeUnixNano])
        last.set(series, { keys, value: Number(point.asInt) })
      }
    }
  }
  const sumOf = (...wanted: string[]) =>
    [...last.values()]
      .filter(({ keys }) => wanted.every((key) => keys.has(key)))
      .reduce((sum, { value }) => sum + value, 0)
  return {
    total: sumOf(),
    owned: sumOf('process.executable.name'),
    inContainers: sumOf('container.id'),
    named: sumOf('container.id', 'container.name'),
  }
}

function isClientOf({ attributes = [] }: Point, port: number): boolean {
  const valueOf = (wanted: string) => attributes.find(({ key }) => key === wanted)?.value
  return (
    valueOf('server.port')?.intValue === String(port) &&
    valueOf('nettracer.role')?.stringValue === 'client'
  )
}
