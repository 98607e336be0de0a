import { unitSuffix } from './units.ts'

/** What decides the suffixes of a name. */
export type FamilyType = 'counter' | 'gauge' | 'histogram'

export interface MetricNameSettings {
  /** Prefix of each name; empty for none. */
  readonly namespace: string
  /** Whether unit and `_total` are appended. */
  readonly hasSuffixes: boolean
}

/**
 * Name of a metric as Prometheus takes it: what is not a letter, a digit or `:` becomes `_`, runs of `_` become one;
 * then the unit, unless the name ends with it; then `_total` for a counter.
 *
 * The Collector leaves the unit out where any part of the name already says it (`bytes_tx` stays without a suffix).
 * Here only the end counts, so that each metric of a unit ends alike: `nettracer_bytes_tx_bytes_total`.
 *
 * @returns `undefined` if nothing usable is left
 */
export function metricName(
  name: string,
  unit: string,
  type: FamilyType,
  settings: MetricNameSettings,
): string | undefined {
  let words = sanitizeMetric(name)
  if (words === '') return undefined
  if (settings.hasSuffixes) {
    if (type === 'counter') words = withoutSuffix(words, 'total')
    words = withSuffix(words, unit === '1' ? ratioSuffix(type) : unitSuffix(unit))
    if (type === 'counter') words += '_total'
  }
  const namespace = sanitizeMetric(settings.namespace)
  const whole = namespace === '' ? words : `${namespace}_${words}`
  return startsWithDigit(whole) ? `_${whole}` : whole
}

/**
 * Name of a label: what is not a letter or a digit becomes `_`, runs of `_` become one; `key_` comes before a digit and
 * before a name that has neither letter nor digit. A leading `__` is kept for no one: Prometheus reserves it.
 */
export function labelName(name: string): string {
  const label = name.replace(/[^A-Za-z0-9]+/g, '_')
  return label === '' || label === '_' || startsWithDigit(label)
    ? `key_${label}`.replace('__', '_')
    : label
}

function sanitizeMetric(name: string): string {
  return name.replace(/[^A-Za-z0-9:]+/g, '_').replace(/^_|_$/g, '')
}

/** A count of things is often given the unit `1`: only a gauge is taken for a ratio. */
function ratioSuffix(type: FamilyType): string {
  return type === 'gauge' ? 'ratio' : ''
}

function withSuffix(name: string, suffix: string): string {
  if (suffix === '' || name === suffix || name.endsWith(`_${suffix}`)) return name
  return `${name}_${suffix}`
}

function withoutSuffix(name: string, suffix: string): string {
  return name.endsWith(`_${suffix}`) ? name.slice(0, -suffix.length - 1) : name
}

function startsWithDigit(name: string): boolean {
  return /^[0-9]/.test(name)
}
