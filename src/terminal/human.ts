const prefixes = ['', 'k', 'M', 'G', 'T', 'P']

/** Three digits and a decimal prefix, 5 characters at most: `0`, `999`, `1.23k`, `12.3M`. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '-'
  let rest = Math.abs(value)
  let at = 0
  // Not 1000: 999.6 would be rounded to four digits.
  while (rest >= 999.5 && at < prefixes.length - 1) {
    rest /= 1000
    at += 1
  }
  const digits = at === 0 && Number.isInteger(rest) ? 0 : decimals(rest)
  const number = rest.toFixed(digits)
  return `${value < 0 ? '-' : ''}${number}${prefixes[at] ?? ''}`
}

/** `1.23 Mbit/s` */
export function bitRate(bitsPerSecond: number): string {
  const [, number = '-', prefix = ''] = /^(.*?)([kMGTP]?)$/.exec(shortNumber(bitsPerSecond)) ?? []
  return `${number} ${prefix}bit/s`
}

/** A count, 4 characters at most: `999`, `1.2k`, `12k`, `999k`. */
export function shortCount(count: number): string {
  const text = shortNumber(count)
  return text.length <= 4 ? text : text.replace(/(\.\d)\d(\D)$|\.\d(\D)$/, '$1$2$3')
}

/** A time in ms, 5 characters at most: `40µs`, `1.2ms`, `12ms`, `1.2s`. */
export function shortTime(ms: number): string {
  if (!Number.isFinite(ms)) return '-'
  if (ms < 0.9995) return `${Math.round(ms * 1000)}µs`
  if (ms < 999.5) return `${ms.toFixed(ms < 9.95 ? 1 : 0)}ms`
  const seconds = ms / 1000
  return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)}s`
}

/** Per cent, 4 characters at most: `0`, `0.1`, `12`; a little is never shown as none. */
export function shortPercent(percent: number): string {
  if (!Number.isFinite(percent)) return '-'
  if (percent === 0) return '0'
  if (percent < 0.05) return '<0.1'
  return percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0)
}

/** Bytes with a decimal prefix: `84.2 MB`. */
export function byteCount(bytes: number): string {
  const [, number = '-', prefix = ''] = /^(.*?)([kMGTP]?)$/.exec(shortNumber(bytes)) ?? []
  return `${number} ${prefix}B`
}

function decimals(value: number): number {
  if (value < 9.995) return 2
  return value < 99.95 ? 1 : 0
}
