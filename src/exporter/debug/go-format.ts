// How Go prints numbers and times, so that our text reads as the Collector's.
import type { HrTime } from '@opentelemetry/api'

/** `%f`: six decimals, halves to even. */
export function fixed(value: number): string {
  if (!Number.isFinite(value)) return special(value)
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}.000000`
  // The seventh decimal is the last and a 5 just for odd multiples of 1/128; JavaScript rounds those up.
  if (Math.abs(value * 128) % 2 !== 1) return value.toFixed(6)
  const cut = value.toFixed(7).slice(0, -1)
  return /[02468]$/.test(cut) ? cut : value.toFixed(6)
}

/** `%v`: the shortest digits, with an exponent below 1e-4 and from 1e21. */
export function shortest(value: number): string {
  if (!Number.isFinite(value)) return special(value)
  const size = Math.abs(value)
  if (Object.is(value, -0)) return '-0'
  if (size === 0 || (size >= 1e-4 && size < 1e21)) return String(value)
  return value.toExponential().replace(/([+-])(\d)$/, '$10$2')
}

/** `time.Time` in UTC: `2020-02-11 20:26:12.000000321 +0000 UTC`. */
export function timestamp([seconds, nanos]: HrTime): string {
  const [date, time] = new Date(seconds * 1000).toISOString().split('T')
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`
  return `${date} ${time?.slice(0, 8)}${fraction} +0000 UTC`
}

function special(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}
