import { type Column, fitColumns } from '../../terminal/columns.ts'
import { bitRate, shortCount, shortNumber, shortPercent, shortTime } from '../../terminal/human.ts'
import type { Tone } from '../../terminal/style.ts'
import type { Traffic } from './traffic.ts'
import { retransmissionPercent, total } from './traffic.ts'

const fixed = { grows: 0, isText: false, from: 0 }
const names = { isText: true, from: 0 }

const count = (title: string, width: number, of: (row: Traffic) => number): Column<Traffic> => ({
  ...fixed,
  key: title,
  title,
  width,
  text: (row) => shortCount(of(row)),
  tone: (row) => (of(row) === 0 ? 'dim' : undefined),
})

/** A rate has its unit where there is room; on a narrow terminal the header line says it. */
const rates = (
  title: string,
  bytes: (row: Traffic) => number,
  seconds: number,
): [Column<Traffic>, Column<Traffic>] => {
  const rate = (row: Traffic) => (bytes(row) * 8) / seconds
  const tone = (row: Traffic) => (bytes(row) === 0 ? ('dim' as const) : undefined)
  const both = { ...fixed, key: title, title, tone }
  return [
    { ...both, width: 5, text: (row) => shortNumber(rate(row)) },
    { ...both, width: 11, from: 140, text: (row) => bitRate(rate(row)) },
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

function serviceText({ service, instances }: Traffic): string {
  return instances.size > 1 ? `${service} ×${instances.size}` : service
}

/** Without the namespace. */
function bareService(row: Traffic): string {
  return serviceText(row).replace(/^.*\//, '')
}

const identities: readonly Column<Traffic>[] = [
  {
    ...names,
    key: 'SERVICE',
    title: 'SERVICE',
    width: 12,
    grows: 3,
    text: serviceText,
    shorter: bareService,
  },
  {
    ...names,
    key: 'PROCESS',
    title: 'PROCESS',
    width: 13,
    grows: 1,
    from: 110,
    text: ({ process }) => process || '-',
    tone: () => 'dim',
  },
  { ...names, key: 'ROLE', title: 'ROLE', width: 6, grows: 0, text: ({ role }) => role || '-' },
  { ...names, key: 'PEER', title: 'PEER', width: 15, grows: 3, text: ({ peer }) => peer || '-' },
  { ...fixed, key: 'PORT', title: 'PORT', width: 5, text: ({ port }) => port || '-' },
]

const counts: readonly Column<Traffic>[] = [
  count('OPEN', 4, ({ open }) => open),
  count('NEW', 4, ({ opened }) => opened),
  { ...count('END', 4, ({ closed }) => closed), from: 92 },
  { ...count('FAIL', 4, ({ failures }) => total(failures)), tone: failTone },
]

const quality: readonly Column<Traffic>[] = [
  {
    ...fixed,
    key: 'RTT',
    title: 'RTT',
    width: 5,
    text: ({ rtt }) => shortTime(rtt.quantile(0.5)),
  },
  {
    ...fixed,
    key: 'P95',
    title: 'P95',
    width: 5,
    from: 100,
    text: ({ rtt }) => shortTime(rtt.quantile(0.95)),
  },
  {
    ...fixed,
    key: 'RTX%',
    title: 'RTX%',
    width: 4,
    text: (row) => shortPercent(retransmissionPercent(row)),
    tone: retransmissionTone,
  },
]

/** The columns of a terminal for an interval of some length, with the widths that fill it. */
export function columnsFor(cells: number, seconds: number): Column<Traffic>[] {
  const transmitted = rates('TX', ({ bytesTx }) => bytesTx, seconds)
  const received = rates('RX', ({ bytesRx }) => bytesRx, seconds)
  return fitColumns([...identities, ...counts, ...transmitted, ...received, ...quality], cells)
}
