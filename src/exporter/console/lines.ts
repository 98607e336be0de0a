import { escapeUnprintable } from '../../shared/escape.ts'
import type { Interval } from './interval.ts'
import type { Sort, Traffic } from './traffic.ts'
import { retransmissionPercent, sortTraffic, total } from './traffic.ts'

/** The first line of a run. */
export function headerLine(version: string): string {
  return `# otel-nettracer ${version}: per interval, one line for each service, role, port and peer; key=value; counts and bytes are of the interval, bps are bit/s, rtt of the interval`
}

/** The lines of an interval, the most traffic first. Keys and their order are stable; `-` is what is not known. */
export function trafficLines(interval: Interval, sort: Sort, rows: number | undefined): string[] {
  const sorted = sortTraffic(interval.rows, sort)
  const shown = sorted.slice(0, rows)
  const lines = shown.map((row) => trafficLine(row, interval))
  const hidden = sorted.length - shown.length
  if (hidden > 0) lines.push(`# ${hidden} more rows`)
  return lines
}

function trafficLine(row: Traffic, { endMs, seconds }: Interval): string {
  const rate = (bytes: number) => (seconds > 0 ? Math.round((bytes * 8) / seconds) : Number.NaN)
  const pairs: [string, string | number][] = [
    ['time', new Date(endMs).toISOString()],
    ['interval_s', round(seconds)],
    ['service', row.service],
    ['instances', row.instances.size],
    ['process', row.process],
    ['role', row.role],
    ['peer', row.peer],
    ['port', row.port],
    ['open', row.open],
    ['opened', row.opened],
    ['closed', row.closed],
    ['failed', total(row.failures)],
    ['rejected', total(row.rejects)],
    ['tx_bytes', row.bytesTx],
    ['rx_bytes', row.bytesRx],
    ['tx_bps', rate(row.bytesTx)],
    ['rx_bps', rate(row.bytesRx)],
    ['rtt_p50_ms', round(row.rtt.quantile(0.5))],
    ['rtt_p95_ms', round(row.rtt.quantile(0.95))],
    ['retr_pct', round(retransmissionPercent(row))],
    ['reasons', reasons(row)],
  ]
  return pairs.map(([key, value]) => `${key}=${format(value)}`).join(' ')
}

/** `refused:3,timed_out:1` */
function reasons({ failures, rejects }: Traffic): string {
  const counts = [...failures, ...rejects].filter(([, count]) => count > 0)
  return counts.map(([reason, count]) => `${reason}:${count}`).join(',')
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

function format(value: string | number): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '-'
  if (value === '') return '-'
  if (/^[\w.:/@%+(),-]+$/.test(value) && value !== '-') return value
  return `"${escapeUnprintable(value.replace(/[\\"]/g, '\\$&'))}"`
}
