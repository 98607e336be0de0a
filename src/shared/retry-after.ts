/**
 * Reads the header `Retry-After`: seconds, or a date of HTTP.
 *
 * @param nowMs wall clock
 * @returns milliseconds to wait, 0 if it says nothing that can be read
 */
export function readRetryAfter(header: string | undefined, nowMs: number): number {
  const text = header?.trim() ?? ''
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000
  if (!/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (GMT|UTC)$/.test(text)) return 0
  const timeMs = Date.parse(text)
  return Number.isNaN(timeMs) ? 0 : Math.max(0, timeMs - nowMs)
}
