import { escapeUnprintable } from '../shared/escape.ts'
import { bitRate, shortCount } from '../terminal/human.ts'
import { type Paint, paintNothing } from '../terminal/style.ts'
import { clip, fit } from '../terminal/width.ts'
import type { Reading } from './reading.ts'
import type { State } from './state.ts'
import type { Choice, Chosen } from './view.ts'
import { views } from './views/index.ts'

export interface FrameSettings {
  /** Size of the terminal. */
  readonly cells: number
  readonly lines: number
  readonly paint: Paint
  /** IANA name; the one of the host if `undefined`. */
  readonly timeZone: string | undefined
}

/** Lines above the rows and, at least, under them. */
const aroundRows = 5
const minRows = 1
const help = 'q quit  b table  s ←→ sort  r reverse  / filter  p pause  ↑↓ PgUp PgDn scroll'
const shortHelp = '? keys  q quit'

/** What of the rows a state chooses. */
export function choiceOf({ sorts, by, filter }: State): Choice {
  return { sort: sorts[by], filter }
}

/** Rows that a terminal has room for. */
export function roomFor(lines: number): number {
  return Math.max(minRows, lines - aroundRows)
}

/** The live table: as many lines as the terminal has, none wider than it. */
export function drawFrame(reading: Reading, state: State, settings: FrameSettings): string[] {
  const { cells, lines, paint } = settings
  const chosen = views[state.by].choose(reading, choiceOf(state))
  const room = roomFor(lines)
  const from = Math.min(state.from, Math.max(0, chosen.count - room))
  const to = Math.min(chosen.count, from + room)
  const rows = bodyLines(reading, state, chosen, { from, to }, settings)
  const frame = [
    ...headerLines(reading, state, settings),
    chosen.titles(cells, paint),
    ...rows,
    ...new Array<string>(Math.max(0, room - rows.length)).fill(''),
    paint('dim', restLine(reading, state, chosen.count - (to - from))),
    footerLine(state, paint),
  ]
  return frame.map((line) => clip(line, cells)).slice(0, lines)
}

/** The table as plain text: all rows, no colours. */
export function plainTable(reading: Reading, state: State, cells: number, rows: number): string[] {
  const settings = { cells, lines: 0, paint: paintNothing, timeZone: undefined }
  const chosen = views[state.by].choose(reading, choiceOf(state))
  const to = Math.min(chosen.count, rows)
  const rest = restLine(reading, state, chosen.count - to)
  return [
    ...headerLines(reading, state, settings),
    chosen.titles(cells, paintNothing),
    ...bodyLines(reading, state, chosen, { from: 0, to }, settings),
    ...(rest === '' ? [] : [rest]),
  ].map((line) => clip(line, Math.max(80, cells)).trimEnd())
}

function headerLines(reading: Reading, state: State, settings: FrameSettings): string[] {
  const { paint, timeZone } = settings
  const { host, source, endMs, seconds, total, rejected, lost } = reading
  const sort = state.sorts[state.by]
  const clock = new Date(endMs).toLocaleTimeString(
    'en-GB',
    timeZone === undefined ? {} : { timeZone },
  )
  const rate = (bytes: number) => (seconds > 0 ? bitRate((bytes * 8) / seconds) : '-')
  const first = [
    paint('bold', `nettracer top  ${fit(host, 20).trimEnd()}`),
    `${clock}, ${seconds.toFixed(1)} s`,
    `by ${state.by}, sort ${sort.key} ${sort.isReversed ? '↑' : '↓'}`,
    ...(state.isPaused ? [paint('yellow', 'PAUSED')] : []),
  ]
  const second = [
    `${shortCount(total.open)} open`,
    `${shortCount(total.opened)} new`,
    `${shortCount(total.failed)} failed`,
    ...(rejected === undefined ? [] : [`${shortCount(rejected)} rejected`]),
    `RX ${rate(total.bytesRx)}`,
    `TX ${rate(total.bytesTx)}`,
    ...(lost > 0 ? [paint('red', `! ${shortCount(lost)} lost`)] : []),
    source,
  ]
  return [first.join('  '), second.join('  ')]
}

function bodyLines(
  reading: Reading,
  state: State,
  chosen: Chosen,
  { from, to }: { from: number; to: number },
  { cells, paint }: FrameSettings,
): string[] {
  if (chosen.count > 0) return chosen.lines(from, to, cells, paint)
  const unfiltered = views[state.by].choose(reading, { ...choiceOf(state), filter: '' })
  const what = unfiltered.count > 0 ? `no ${state.by} matches the filter` : `no ${state.by}`
  return [paint('dim', `(${what})`)]
}

/** What is not among the lines above. */
function restLine(reading: Reading, { by, filter }: State, hidden: number): string {
  const rest = reading.rest[by]
  const rate = (bytes: number) =>
    reading.seconds > 0 ? bitRate((bytes * 8) / reading.seconds) : '-'
  const parts: string[] = []
  if (hidden > 0) parts.push(`${shortCount(hidden)} more rows`)
  if (rest.rows > 0) {
    parts.push(`${shortCount(rest.rows)} beyond what is kept: ${rate(rest.tally.bytes)}`)
  }
  if (by === 'connection' && filter === '' && reading.ended.bytes > 0) {
    parts.push(`ended meanwhile: ${rate(reading.ended.bytes)}`)
  }
  return parts.length === 0 ? '' : `… ${parts.join(', ')}`
}

function footerLine({ isTyping, filter, isHelpShown }: State, paint: Paint): string {
  const shown = escapeUnprintable(filter)
  if (isTyping) return `filter: ${shown}▏ ${paint('dim', 'Enter keeps, Esc clears')}`
  if (isHelpShown) return paint('dim', help)
  const filtered = filter === '' ? '' : `filter: ${shown}  ${paint('dim', 'Esc clears')}  `
  return `${filtered}${paint('dim', shortHelp)}`
}
