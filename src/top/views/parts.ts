import type { Column } from '../../terminal/columns.ts'
import { shortCount, shortNumber, shortPercent, shortTime } from '../../terminal/human.ts'
import type { Tone } from '../../terminal/style.ts'
import type { Owner } from '../reading.ts'
import { bitsPerSecond, type Tally } from '../tally.ts'

export const fixed = { grows: 0, isText: false, from: 0 } as const
export const name = { isText: true, from: 0 } as const

/** Names of an owner that a filter looks at. */
export function ownerWords(owner: Owner): string[] {
  const { service, executable, pid, containerId = '', systemdUnit = '' } = owner
  return [service, executable, pidText(owner), containerId, systemdUnit, pid === 0 ? '' : `${pid}`]
}

export function pidText({ pid }: Owner): string {
  return pid === 0 ? '-' : `${pid}`
}

/** The container if there is one, else the unit. */
function placeText({ containerId, systemdUnit }: Owner): string {
  return containerId?.slice(0, 12) ?? systemdUnit ?? '-'
}

/** Without the namespace of the service. */
function bareService({ service }: Owner): string {
  return service.replace(/^.*\//, '')
}

/** `[::1]:80` */
export function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** The service of a row's process, without its namespace where there is no room. */
export function serviceColumn<Row extends { readonly owner: Owner }>(
  width: number,
  grows: number,
): Column<Row> {
  return {
    ...name,
    key: 'name',
    title: 'SERVICE',
    width,
    grows,
    text: ({ owner }) => owner.service,
    shorter: ({ owner }) => bareService(owner),
  }
}

/** @param from columns of the terminal from which on it is shown */
export function pidColumn<Row extends { readonly owner: Owner }>(from = 0): Column<Row> {
  return {
    ...fixed,
    key: 'pid',
    title: 'PID',
    width: 7,
    from,
    text: ({ owner }) => pidText(owner),
  }
}

/** @param from columns of the terminal from which on it is shown */
export function placeColumn<Row extends { readonly owner: Owner }>(
  width: number,
  from = 0,
): Column<Row> {
  return {
    ...name,
    key: 'in',
    title: 'WHERE',
    width,
    grows: 1,
    from,
    text: ({ owner }) => placeText(owner),
    tone: () => 'dim',
  }
}

const ifNone = (value: number): Tone | undefined => (value === 0 ? 'dim' : undefined)

export function countColumn<Row>(
  key: string,
  title: string,
  of: (row: Row) => number,
): Column<Row> {
  return {
    ...fixed,
    key,
    title,
    width: Math.max(4, title.length),
    text: (row) => shortCount(of(row)),
    tone: (row) => ifNone(of(row)),
  }
}

/** Both directions, with the unit in the title. */
export function rateColumns<Row>(
  of: (row: Row) => Pick<Tally, 'bytesTx' | 'bytesRx'>,
  seconds: number,
): Column<Row>[] {
  const column = (key: string, title: string, bytes: (row: Row) => number): Column<Row>[] => {
    const both = {
      ...fixed,
      key,
      text: (row: Row) => shortNumber(bitsPerSecond(bytes(row), seconds)),
      tone: (row: Row) => ifNone(bytes(row)),
    }
    return [
      { ...both, title: `${title}b/s`, width: 5 },
      { ...both, title: `${title} bit/s`, width: 8, from: 110 },
    ]
  }
  return [
    ...column('rx', 'RX', (row) => of(row).bytesRx),
    ...column('tx', 'TX', (row) => of(row).bytesTx),
  ]
}

export function retransmissionColumn<Row>(percentOf: (row: Row) => number): Column<Row> {
  return {
    ...fixed,
    key: 'rtx',
    title: 'RTX%',
    width: 4,
    text: (row) => shortPercent(percentOf(row)),
    tone(row) {
      const percent = percentOf(row)
      if (percent >= 5) return 'red'
      if (percent >= 1) return 'yellow'
      return ifNone(percent)
    },
  }
}

export function failColumn<Row>(of: (row: Row) => number): Column<Row> {
  return { ...countColumn('fail', 'FAIL', of), tone: (row) => (of(row) > 0 ? 'red' : 'dim') }
}

/** Columns of what a tally has, but for the rates. */
export function connectionColumns<Row>(of: (row: Row) => Tally, seconds: number): Column<Row>[] {
  const perSecond = (row: Row) => (seconds > 0 ? of(row).opened / seconds : 0)
  return [
    countColumn('open', 'OPEN', (row) => of(row).open),
    {
      ...fixed,
      key: 'new',
      title: 'NEW/s',
      width: 5,
      text: (row) => shortNumber(perSecond(row)),
      tone: (row) => ifNone(perSecond(row)),
    },
    failColumn((row) => of(row).failed),
  ]
}

export function rttColumns<Row>(of: (row: Row) => Tally): Column<Row>[] {
  const time = { ...fixed, width: 5 }
  return [
    { ...time, key: 'rtt', title: 'RTT', text: (row) => shortTime(of(row).rttAverageMs) },
    { ...time, key: 'max', title: 'MAX', text: (row) => shortTime(of(row).rttMaxMs) },
  ]
}

/** Sort keys of all rows with a tally. */
export function tallySorts<Row>(of: (row: Row) => Tally): [string, (row: Row) => number][] {
  return [
    ['traffic', (row) => of(row).bytes],
    ['open', (row) => of(row).open],
    ['new', (row) => of(row).opened],
    ['fail', (row) => of(row).failed],
    ['rx', (row) => of(row).bytesRx],
    ['tx', (row) => of(row).bytesTx],
    ['rtx', (row) => of(row).retransmissionPercent],
    ['rtt', (row) => of(row).rttAverageMs],
    ['max', (row) => of(row).rttMaxMs],
  ]
}
