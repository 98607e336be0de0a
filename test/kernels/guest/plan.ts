/** The traffic of the guest, and so what the agent must report: the host's test reads it as well. */

/** Who ends a connection, and how. */
export type Ending = 'client' | 'server' | 'client-reset' | 'server-reset'

export interface Exchange {
  readonly request: number
  readonly answer: number
  readonly ending: Ending
  readonly isIpv6: boolean
}

export const ports = {
  short: 7001,
  open: 7002,
  older: 7003,
  late: 7004,
  gone: 7008,
  none: 7009,
} as const

const endings: readonly Ending[] = [
  'client',
  'server',
  'client',
  'client-reset',
  'server',
  'client',
  'server-reset',
  'server',
  'client',
  'client-reset',
]

/** A thousand connections that end, of different sizes; a reset by the server comes in place of an answer. */
export const short: readonly Exchange[] = Array.from({ length: 1000 }, (_, index) => {
  const ending = endings[index % endings.length] ?? 'client'
  return {
    request: 100 + index,
    answer: ending === 'server-reset' ? 0 : (index * 37) % 20_000,
    ending,
    isIpv6: index % 3 === 0,
  }
})

/** Connections to a port that nobody listens on. */
export const refused = 50

/** A process in a control group like this one's tries port `gone`, and both are gone before anyone looks for them. */
export const momentaryContainer = 'c0ffee'.repeat(11).slice(2)

/** A connection that is open at the end. */
export const open: Exchange = { request: 123_456, answer: 65_432, ending: 'client', isIpv6: false }

/** A connection that is older than the agent: what it did before is no news, what it does later is. */
export const older = {
  before: { request: 5000, answer: 700, ending: 'client', isIpv6: false },
  after: { request: 3000, answer: 1100, ending: 'client', isIpv6: false },
} as const satisfies Record<string, Exchange>

/** Connections that are established while the server sleeps, and open at the end. */
export const late: readonly Exchange[] = [1, 2, 3].map((index) => ({
  request: 100 * index,
  answer: 10 * index,
  ending: 'client',
  isIpv6: index === 2,
}))
