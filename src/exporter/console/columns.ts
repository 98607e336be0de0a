import { bitRate, shortCount, shortNumber, shortPercent, shortTime } from './human.ts'
import type { Tone } from './style.ts'
import type { Traffic } from './traffic.ts'
import { retransmissionPercent, total } from './traffic.ts'

export interface Column {
  readonly title: string
  /** Cells; the least for one that grows. */
  readonly width: number
  /** Share of the cells that are left over; 0 for a fixed width. */
  readonly grows: number
  readonly isText: boolean
  /** Shown from this terminal width on. */
  readonly from: number
  readonly text: (row: Traffic, seconds: number) => string
  /** Instead of `text` where that does not fit. */
  readonly shorter?: (row: Traffic) => string
  readonly tone?: (row: Traffic) => Tone | undefined
}

const fixed = { grows: 0, isText: false, from: 0 }
const names = { isText: true, from: 0 }

const count = (title: string, width: number, of: (row: Traffic) => number): Column => ({
  ...fixed,
  title,
  width,
  text: (row) => shortCount(of(row)),
  tone: (row) => (of(row) === 0 ? 'dim' : undefined),
})

/** A rate has its unit where there is room; on a narrow terminal the header line says it. */
const rates = (title: string, bytes: (row: Traffic) => number): [Column, Column] => {
  const rate = (row: Traffic, seconds: number) => (bytes(row) * 8) / seconds
  const tone = (row: Traffic) => (bytes(row) === 0 ? ('dim' as const) : undefined)
  return [
    { ...fixed, title, width: 5, text: (row, seconds) => shortNumber(rate(row, seconds)), tone },
    {
      ...fixed,
      title,
      width: 11,
      from: 140,
      text: (row, seconds) => bitRate(rate(row, seconds)),
      tone,
    },
  ]
}

function failTone({ failures }: Traffic): Tone {
  return total(failures) > 0 ? 'red' : 'dim'
}

function retransmissionTone(row: Traffic): Tone | undefined {
  const percent = retransmissionPercent(row)
  if (percent >= 5) return 'red'
  if (percent >= 1) return 'yellow'
  return percent > 0 ? undefined : 'dim'
}

const [narrowTx, wideTx] = rates('TX', ({ bytesTx }) => bytesTx)
const [narrowRx, wideRx] = rates('RX', ({ bytesRx }) => bytesRx)

/** In their order. Of two with one title the later one stands for the earlier where both fit. */
const columns: readonly Column[] = [
  { ...names, title: 'SERVICE', width: 12, grows: 3, text: serviceText, shorter: bareService },
  {
    ...names,
    title: 'PROCESS',
    width: 13,
    grows: 1,
    from: 110,
    text: ({ process }) => process || '-',
    tone: () => 'dim',
  },
  { ...names, title: 'ROLE', width: 6, grows: 0, text: ({ role }) => role || '-' },
  { ...names, title: 'PEER', width: 15, grows: 3, text: ({ peer }) => peer || '-' },
  { ...fixed, title: 'PORT', width: 5, text: ({ port }) => port || '-' },
  count('OPEN', 4, ({ open }) => open),
  count('NEW', 4, ({ opened }) => opened),
  { ...count('END', 4, ({ closed }) => closed), from: 92 },
  { ...count('FAIL', 4, ({ failures }) => total(failures)), tone: failTone },
  narrowTx,
  wideTx,
  narrowRx,
  wideRx,
  { ...fixed, title: 'RTT', width: 5, text: ({ rtt }) => shortTime(rtt.quantile(0.5)) },
  { ...fixed, title: 'P95', width: 5, from: 100, text: ({ rtt }) => shortTime(rtt.quantile(0.95)) },
  {
    ...fixed,
    title: 'RTX%',
    width: 4,
    text: (row) => shortPercent(retransmissionPercent(row)),
    tone: retransmissionTone,
  },
]

function serviceText({ service, instances }: Traffic): string {
  return instances.size > 1 ? `${service} ×${instances.size}` : service
}

/** Without the namespace. */
function bareService(row: Traffic): string {
  return serviceText(row).replace(/^.*\//, '')
}

/** The columns of a terminal, with the widths that fill it. */
export function columnsFor(cells: number): Column[] {
  const fitting = columns.filter(
    (column, at) => column.from <= cells && !isReplaced(column, columns[at + 1], cells),
  )
  let left = cells - fitting.length + 1
  let shares = 0
  for (const { width, grows } of fitting) {
    left -= width
    shares += grows
  }
  return fitting.map((column) => {
    if (column.grows === 0 || left <= 0) return column
    const more = Math.round((left * column.grows) / shares)
    left -= more
    shares -= column.grows
    return { ...column, width: column.width + more }
  })
}

function isReplaced(column: Column, next: Column | undefined, cells: number): boolean {
  return next !== undefined && next.title === column.title && next.from <= cells
}
