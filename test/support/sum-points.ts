import type { OtlpRequest } from './otlp-points.ts'

/** Time in ms and value of each point of each sum in a request, in their order. */
export function sumPoints({ resourceMetrics = [] }: OtlpRequest) {
  return resourceMetrics
    .flatMap(({ scopeMetrics = [] }) => scopeMetrics)
    .flatMap(({ metrics = [] }) => metrics)
    .flatMap(({ sum }) => sum?.dataPoints ?? [])
    .map(({ timeUnixNano = '0', asInt = '0' }) => ({
      timeMs: Number(BigInt(timeUnixNano) / 1_000_000n),
      value: Number(asInt),
    }))
}
