import type { HrTime } from '@opentelemetry/api'
import type { Exemplar } from '../../model/points.ts'
import type { ClassicBucket } from '../wire/prometheus/classic-buckets.ts'
import { explicitBuckets, exponentialBuckets } from '../wire/prometheus/classic-buckets.ts'
import { exemplarLabels } from '../wire/prometheus/exemplar-labels.ts'
import { escapeHelp, formatLabels } from '../wire/prometheus/labels.ts'
import { unitSuffix } from '../wire/prometheus/units.ts'
import type { FamilySnapshot, Point } from './family.ts'

export interface PageSettings {
  /** Whether the OpenMetrics 1.0.0 text is written, else Prometheus' text format 0.0.4. */
  readonly isOpenMetrics: boolean
  readonly hasTimestamps: boolean
}

/** A part of the page is about this long: a few milliseconds of work. */
const partLength = 64 * 1024

/** Writes the page in parts, so that the caller can let others work between two of them. */
export function* writePage(
  families: readonly FamilySnapshot[],
  settings: PageSettings,
): Generator<string, void, void> {
  let part = ''
  for (const family of families) {
    if (family.points.length === 0) continue
    part += heading(family, settings)
    const writer = new SeriesWriter(family, settings)
    for (const [at, point] of family.points.entries()) {
      part += writer.write(family.labels[at] ?? '', point)
      if (part.length < partLength) continue
      yield part
      part = ''
    }
  }
  yield settings.isOpenMetrics ? `${part}# EOF\n` : part
}

function heading(family: FamilySnapshot, { isOpenMetrics }: PageSettings): string {
  const name = isOpenMetrics ? openMetricsName(family) : family.name
  const help =
    family.help === '' ? '' : `# HELP ${name} ${escapeHelp(family.help, isOpenMetrics)}\n`
  const unit = isOpenMetrics ? unitSuffix(family.unit) : ''
  const unitLine = unit !== '' && name.endsWith(`_${unit}`) ? `# UNIT ${name} ${unit}\n` : ''
  return `${help}# TYPE ${name} ${family.type}\n${unitLine}`
}

/** OpenMetrics names a counter's family without `_total`, and its sample always with it. */
function openMetricsName({ name, type }: FamilySnapshot): string {
  return type === 'counter' && name.endsWith('_total') ? name.slice(0, -'_total'.length) : name
}

/** Writes the lines of one family's series. */
class SeriesWriter {
  readonly #settings: PageSettings
  readonly #name: string
  readonly #unit: string

  constructor(family: FamilySnapshot, settings: PageSettings) {
    this.#settings = settings
    const isOpenCounter = settings.isOpenMetrics && family.type === 'counter'
    this.#name = isOpenCounter ? `${openMetricsName(family)}_total` : family.name
    this.#unit = family.unit
  }

  write(labels: string, point: Point): string {
    const { value } = point
    const timestamp = this.#timestamp(point.endTime)
    const end = `${timestamp}\n`
    if (typeof value === 'number') {
      return `${this.#name}${braces(labels)} ${formatNumber(value)}${end}`
    }
    const ofPoint =
      'scale' in value ? exponentialBuckets(value, this.#unit) : explicitBuckets(value)
    const buckets = withInfinity(ofPoint, value.count)
    const start = `${this.#name}_bucket{${labels}${labels === '' ? '' : ','}le="`
    const marked = this.#marked(point, buckets)
    let text = ''
    for (const bucket of buckets) {
      const more = bucket === marked ? exemplarText(point.exemplars?.[0]) : ''
      text += `${start}${this.#bound(bucket.bound)}"} ${bucket.count}${timestamp}${more}\n`
    }
    if (value.sum !== undefined) {
      text += `${this.#name}_sum${braces(labels)} ${formatNumber(value.sum)}${end}`
    }
    return `${text}${this.#name}_count${braces(labels)} ${value.count}${end}`
  }

  /** The bucket that the point's exemplar is of; the text format has none. */
  #marked({ exemplars }: Point, buckets: readonly ClassicBucket[]): ClassicBucket | undefined {
    const exemplar = this.#settings.isOpenMetrics ? exemplars?.[0] : undefined
    return exemplar && buckets.find(({ bound }) => exemplar.value <= bound)
  }

  /** OpenMetrics wants a fraction in each bound, so that `1` and `1.0` are not two series. */
  #bound(bound: number): string {
    const text = formatNumber(bound)
    return this.#settings.isOpenMetrics && /^-?\d+$/.test(text) ? `${text}.0` : text
  }

  #timestamp([seconds, nanoseconds]: HrTime): string {
    if (!this.#settings.hasTimestamps || seconds === 0) return ''
    const milliseconds = Math.floor(nanoseconds / 1e6)
    if (!this.#settings.isOpenMetrics) return ` ${seconds * 1000 + milliseconds}`
    return ` ${seconds}.${String(milliseconds).padStart(3, '0')}`
  }
}

/** Stands behind a sample. @param exemplar empty if there is none */
function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return ''
  const [seconds, nanoseconds] = exemplar.time
  const time = `${seconds}.${String(Math.floor(nanoseconds / 1e6)).padStart(3, '0')}`
  return ` # {${formatLabels(exemplarLabels(exemplar))}} ${formatNumber(exemplar.value)} ${time}`
}

function withInfinity(buckets: ClassicBucket[], count: number): ClassicBucket[] {
  if (buckets.at(-1)?.bound !== Number.POSITIVE_INFINITY) {
    buckets.push({ bound: Number.POSITIVE_INFINITY, count })
  }
  return buckets
}

function braces(labels: string): string {
  return labels === '' ? '' : `{${labels}}`
}

function formatNumber(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}
