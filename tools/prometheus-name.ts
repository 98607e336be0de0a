import type { MetricKind } from './metric-catalogue.ts'

const suffixes: Readonly<Record<string, string>> = {
  By: 'bytes',
  ms: 'milliseconds',
  s: 'seconds',
  '%': 'percent',
  'bit/s': 'bits_per_second',
  '1': 'ratio',
}

/** The name of a metric on the `prometheus` exporter's own endpoint. Units in braces have no suffix. */
export function prometheusName(name: string, unit: string, kind: MetricKind): string {
  const parts = [name.replaceAll(/[^a-zA-Z0-9_:]/g, '_')]
  const suffix = suffixes[unit]
  if (suffix !== undefined) parts.push(suffix)
  else if (!unit.startsWith('{')) throw new Error(`no Prometheus suffix is known for ${unit}`)
  if (kind === 'sum') parts.push('total')
  return parts.join('_')
}
