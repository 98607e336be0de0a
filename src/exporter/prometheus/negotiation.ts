/** One entry of an `Accept` or `Accept-Encoding` header. */
interface Wish {
  readonly word: string
  readonly parameters: ReadonlyMap<string, string>
  /** 0 to 1; 0 forbids. */
  readonly quality: number
}

const openMetricsVersions = new Set(['0.0.1', '1.0.0'])

/** @returns whether a client would rather have OpenMetrics 1.0.0 than the text format */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  let openMetrics = 0
  let text = 0
  for (const { word, parameters, quality } of parseWishes(accept)) {
    if (word === 'application/openmetrics-text') {
      const version = parameters.get('version')
      if (version === undefined || openMetricsVersions.has(version)) {
        openMetrics = Math.max(openMetrics, quality)
      }
    }
    if (word === 'text/plain') text = Math.max(text, quality)
  }
  return openMetrics > 0 && openMetrics >= text
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
