/** One entry of an `Accept` or `Accept-Encoding` header. */
interface Wish {
  readonly word: string
  readonly parameters: ReadonlyMap<string, string>
  /** 0 to 1; 0 forbids. */
  readonly quality: number
}

/** How a page is written: Prometheus' text format 0.0.4, OpenMetrics 1.0.0, or Prometheus' protobuf messages. */
export type PageFormat = 'text' | 'openmetrics' | 'protobuf'

const openMetricsVersions = new Set([undefined, '0.0.1', '1.0.0'])

/**
 * The format that a client would rather have. Of two that it likes alike the text format goes last, and protobuf first,
 * because it says more.
 *
 * @param hasOpenMetrics whether OpenMetrics may be chosen
 */
export function chooseFormat(accept: string | undefined, hasOpenMetrics: boolean): PageFormat {
  const quality: Record<PageFormat, number> = { protobuf: 0, openmetrics: 0, text: 0 }
  for (const wish of parseWishes(accept)) {
    const format = formatOf(wish)
    if (format !== undefined) quality[format] = Math.max(quality[format], wish.quality)
  }
  if (!hasOpenMetrics) quality.openmetrics = 0
  const best = Math.max(...Object.values(quality))
  const order: readonly PageFormat[] = ['protobuf', 'openmetrics', 'text']
  return (best > 0 && order.find((format) => quality[format] === best)) || 'text'
}

function formatOf({ word, parameters }: Wish): PageFormat | undefined {
  if (word === 'text/plain') return 'text'
  if (word === 'application/openmetrics-text') {
    return openMetricsVersions.has(parameters.get('version')) ? 'openmetrics' : undefined
  }
  const isFamilies =
    word === 'application/vnd.google.protobuf' &&
    parameters.get('proto') === 'io.prometheus.client.metricfamily' &&
    parameters.get('encoding') === 'delimited'
  return isFamilies ? 'protobuf' : undefined
}

/** @returns whether a client takes gzip */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const wishes = parseWishes(acceptEncoding)
  const wish = wishes.find(({ word }) => word === 'gzip') ?? wishes.find(({ word }) => word === '*')
  return wish !== undefined && wish.quality > 0
}

function parseWishes(header: string | undefined): Wish[] {
  const wishes: Wish[] = []
  for (const entry of (header ?? '').split(',')) {
    const [word = '', ...rest] = entry.split(';').map((part) => part.trim().toLowerCase())
    const parameters = new Map<string, string>()
    for (const part of rest) {
      const [key = '', value = ''] = part.split('=', 2)
      parameters.set(key, value.replace(/^"|"$/g, ''))
    }
    const quality = Number(parameters.get('q') ?? '1')
    wishes.push({ word, parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 })
  }
  return wishes
}
