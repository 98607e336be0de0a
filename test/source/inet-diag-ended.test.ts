import { expect, test } from 'vitest'
import { readEnded } from '../../src/source/inet-diag-ended.ts'
import { readMessages } from '../../src/source/inet-diag-message.ts'
import { socketMessage, type TcpInfoPart } from '../support/netlink.ts'

const second = 1000
const minute = 60_000
const day = 24 * 60 * minute
const ages = 2 ** 32

function wasEstablished(info: TcpInfoPart, uptimeMs: number): boolean | undefined {
  let ended: ReturnType<typeof readEnded>
  readMessages(socketMessage({ state: 7, info }), undefined, (message) => {
    ended = readEnded(message, uptimeMs, 10_000)
  })
  return ended?.wasEstablished
}

/** Ticks begin five minutes before they wrap. */
function neverAt(uptimeMs: number): number {
  return Number(BigInt.asUintN(32, BigInt(uptimeMs - 5 * minute)))
}

test.each([
  { when: 'a minute after the boot', uptimeMs: minute },
  { when: 'just before ticks wrap', uptimeMs: 5 * minute - second },
  { when: 'as ticks wrap', uptimeMs: 5 * minute },
  { when: 'just after ticks wrapped', uptimeMs: 5 * minute + second },
  { when: 'an hour after the boot', uptimeMs: 60 * minute },
  { when: 'as ticks wrap once more', uptimeMs: 5 * minute + ages },
  { when: 'after 60 days', uptimeMs: 60 * day },
])('$when a socket that neither sent nor received was not established', ({ uptimeMs }) => {
  // The clock of ticks may be behind the monotonic one.
  for (const behind of [0, 4 * second]) {
    const never = neverAt(uptimeMs - behind)
    expect(wasEstablished({ lastDataSent: never, lastDataReceived: never }, uptimeMs)).toBe(false)
  }
})

/** Times of just now, before ticks wrap and after. */
test.each([
  { when: 'a minute after the boot', uptimeMs: minute },
  { when: 'just before ticks wrap', uptimeMs: 5 * minute - second },
  { when: 'as ticks wrap', uptimeMs: 5 * minute + 40 },
  { when: 'just after ticks wrapped', uptimeMs: 5 * minute + second },
  { when: 'as ticks wrap once more', uptimeMs: 5 * minute + ages + 40 },
  { when: 'after 60 days', uptimeMs: 60 * day },
])('$when a connection of just now was established', ({ uptimeMs }) => {
  const now = { lastDataSent: 0, lastDataReceived: 0 }
  expect(wasEstablished({ ...now, bytesReceived: 100 }, uptimeMs)).toBe(true)
  expect(wasEstablished({ ...now, bytesAcked: 1 }, uptimeMs)).toBe(true)
  expect(wasEstablished({ ...now, rtt: 20 }, uptimeMs)).toBe(true)
  // The kernel clears all but the last time of sending where a connection is aborted.
  const aborted = { lastDataSent: 0, lastDataReceived: neverAt(uptimeMs) }
  expect(wasEstablished(aborted, uptimeMs)).toBe(true)
})

test.each([
  { when: 'an hour after the boot', uptimeMs: 60 * minute },
  { when: 'after 60 days', uptimeMs: 60 * day },
])('$when an idle connection that carried nothing was established', ({ uptimeMs }) => {
  const idle = { lastDataSent: 30 * second, lastDataReceived: 30 * second }
  expect(wasEstablished(idle, uptimeMs)).toBe(true)
})
