import { escapeUnprintable } from '../../shared/escape.ts'
import { rowText, titleTexts } from '../../terminal/columns.ts'
import { bitRate, shortCount } from '../../terminal/human.ts'
import type { Paint } from '../../terminal/style.ts'
import { clip, fit, wrap } from '../../terminal/width.ts'
import { columnsFor } from './columns.ts'
import { eventTexts } from './events.ts'
import type { Interval } from './interval.ts'
import type { OwnHealth } from './own-health.ts'
import type { Sort, Traffic } from './traffic.ts'
import { foldPeers, sortTraffic, total } from './traffic.ts'

export interface TableSettings {
  /** Size of the terminal. */
  readonly cells: number
  readonly lines: number
  readonly paint: Paint
  readonly sort: Sort
  /** Rows at most; `undefined` for as many as fit. */
  readonly rows: number | undefined
  /** Last line; empty for none. */
  readonly hint: string
  /** IANA name; the one of the host if `undefined`. */
  readonly timeZone: string | undefined
}

const maxEvents = 3
const minRows = 3
/** On a narrower terminal the lines are cut. */
const minCells = 80

/** Draws an interval as lines that fit the terminal, one line fewer than it has: the cursor stands on the last. */
export function drawTable(interval: Interval, own: OwnHealth, settings: TableSettings): string[] {
  const { cells, paint } = settings
  const columns = columnsFor(Math.max(minCells, cells), interval.seconds)
  const rows = sortTraffic(foldPeers(interval.rows.filter(isActive)), settings.sort)
  const head = [...headerLines(interval, settings), paint('cyan', titleTexts(columns).join(' '))]
  const foot = footerLines(interval, own, settings)
  const room = Math.max(minRows, settings.lines - 1 - head.length - foot.length)
  const shown = rows.slice(0, roomFor(rows.length, Math.min(room, settings.rows ?? room)))
  const body = shown.map((row) => rowText(row, columns, paint))
  const more = remainder(rows, shown.length, interval.seconds)
  if (more !== '') body.push(paint('dim', more))
  if (rows.length === 0) body.push(paint('dim', 'No connection was open in this interval.'))
  return [...head, ...body, ...foot].map((line) => clip(line, cells)).slice(0, settings.lines - 1)
}

/** One line is taken by the remainder if not all fit. */
function roomFor(rows: number, room: number): number {
  return rows <= room ? rows : Math.max(1, room - 1)
}

/** A rejected SYN makes no row, and neither does a series that has ended. */
function isActive(row: Traffic): boolean {
  const { open, opened, closed, bytesTx, bytesRx, pktsTx, pktsRetr, failures } = row
  return open + opened + closed + bytesTx + bytesRx + pktsTx + pktsRetr + total(failures) > 0
}

function headerLines(interval: Interval, { paint, cells, timeZone }: TableSettings): string[] {
  const { rows, seconds, host, endMs } = interval
  const sum = (of: (row: Traffic) => number) => rows.reduce((before, row) => before + of(row), 0)
  const services = new Set(rows.filter(isActive).map(({ service }) => service)).size
  const clock = new Date(endMs).toLocaleTimeString(
    'en-GB',
    timeZone === undefined ? {} : { timeZone },
  )
  const rate = (bytes: number) => (seconds > 0 ? bitRate((bytes * 8) / seconds) : '-')
  const first = [
    paint('bold', `otel-nettracer ${fit(host, 40).trimEnd()}`),
    `${clock}, the last ${seconds.toFixed(1)} s`,
    ...(cells < 140 ? [paint('dim', 'TX, RX in bit/s')] : []),
  ]
  const second = [
    `${services} ${services === 1 ? 'service' : 'services'}`,
    `${shortCount(sum(({ open }) => open))} open`,
    `${shortCount(sum(({ opened }) => opened))} new`,
    `${shortCount(sum(({ failures }) => total(failures)))} failed`,
    `TX ${rate(sum(({ bytesTx }) => bytesTx))}`,
    `RX ${rate(sum(({ bytesRx }) => bytesRx))}`,
  ]
  return [first.join('  '), second.join('  ')]
}

function remainder(rows: readonly Traffic[], shown: number, seconds: number): string {
  const hidden = rows.slice(shown)
  if (hidden.length === 0) return ''
  const seen = new Set(rows.slice(0, shown).map(({ service }) => service))
  const services = new Set(hidden.map(({ service }) => service).filter((name) => !seen.has(name)))
    .size
  const bytes = hidden.reduce((before, { bytesTx, bytesRx }) => before + bytesTx + bytesRx, 0)
  const what = services === 0 ? `${hidden.length} more rows` : `${services} more services`
  const inRows = services === 0 ? '' : ` in ${hidden.length} rows`
  return `… ${what}${inRows}, ${seconds > 0 ? bitRate((bytes * 8) / seconds) : '-'}`
}

function footerLines(interval: Interval, own: OwnHealth, settings: TableSettings): string[] {
  const { paint, hint, cells } = settings
  const events = eventTexts(interval.rows)
  const lines = events.slice(0, maxEvents).map((text) => paint('red', `! ${text}`))
  if (events.length > maxEvents) {
    lines.push(paint('red', `! … and ${events.length - maxEvents} more kinds of failure`))
  }
  for (const text of own.warnings()) lines.push(paint('yellow', `! ${text}`))
  const facts = own.facts()
  if (facts.length > 0) lines.push(paint('dim', `agent: ${facts.join('  ')}`))
  if (hint !== '') {
    for (const line of wrap(escapeUnprintable(hint), cells)) lines.push(paint('dim', line))
  }
  return lines
}
