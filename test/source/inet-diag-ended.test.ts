import { expect, test } from 'vitest'
import { readEnded } from '../../src/source/inet-diag-ended.ts'
import { readMessages } from '../../src/source/inet-diag-message.ts'
import { socketMessage } from '../support/netlink.ts'

const minute = 60_000
const day = 24 * 60 * minute

function wasEstablished(lastDataSent: number, uptimeMs: number): boolean | undefined {
  let ended: ReturnType<typeof readEnded>
  readMessages(socketMessage({ state: 7, info: { lastDataSent } }), undefined, (message) => {
    ended = readEnded(message, uptimeMs, 10_000)
  })
  return ended?.wasEstablished
}

test.each([
  { when: 'a minute after the boot', uptimeMs: minute },
  { when: 'an hour after the boot', uptimeMs: 60 * minute },
  { when: 'after 60 days', uptimeMs: 60 * day },
])('$when a socket that never sent was not established, any other was', ({ uptimeMs }) => {
  // Ticks begin five minutes before they wrap.
  const never = Number(BigInt.asUintN(32, BigInt(uptimeMs - 5 * minute)))
  expect(wasEstablished(never, uptimeMs)).toBe(false)
  expect(wasEstablished(never - 4000, uptimeMs)).toBe(false)
  expect(wasEstablished(0, uptimeMs)).toBe(true)
  expect(wasEstablished(30_000, uptimeMs)).toBe(true)
})
