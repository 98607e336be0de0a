import { expect, test } from 'vitest'
import { KnownFlow } from '../../src/source/known-flow.ts'

const base = () =>
  new KnownFlow({
    process: { pid: 1, startTime: 1n, cgroupId: 0n },
    netns: 1,
    transport: 'tcp',
    networkType: 'ipv4',
    role: 'server',
    servicePort: 80,
    remoteAddress: '127.0.0.1',
    isSameHost: true,
  })
const process = (pid: number, startTime = 1n) => ({ pid, startTime, cgroupId: 0n })
const none = { reachedAddress: undefined, peerProcess: undefined }

test('with nothing known of the other end a flow is itself', () => {
  const flow = base()
  expect(flow.with(none, 0)).toBe(flow)
})

test('the same other end is the same object, another is another', () => {
  const flow = base()
  const one = flow.with({ ...none, peerProcess: process(7) }, 0)
  expect(flow.with({ ...none, peerProcess: process(7) }, 0)).toBe(one)
  const others = [
    flow.with({ ...none, peerProcess: process(8) }, 0),
    flow.with({ ...none, peerProcess: process(7, 2n) }, 0),
    flow.with({ reachedAddress: '10.0.0.1', peerProcess: process(7) }, 0),
    flow.with({ ...none, reachedAddress: '10.0.0.1' }, 0),
  ]
  expect(new Set([one, flow, ...others]).size).toBe(6)
  expect(one).toMatchObject({ role: 'server', servicePort: 80, peerProcess: { pid: 7 } })
  expect(Object.hasOwn(one, 'reachedAddress')).toBe(false)
})

test('a variant that was met in this generation or the one before stays the same object', () => {
  const flow = base()
  const end = { ...none, peerProcess: process(7) }
  const one = flow.with(end, 1)
  expect(flow.with(end, 2)).toBe(one)
  expect(flow.with(end, 3)).toBe(one)
  expect(flow.with(end, 5)).not.toBe(one)
})

test('of ends that were lost, those of the flow itself come first, then of its variants', () => {
  const flow = base()
  const one = flow.with({ ...none, peerProcess: process(7) }, 0)
  const other = flow.with({ ...none, peerProcess: process(8) }, 0)
  Object.assign(flow, { open: 2 })
  Object.assign(one, { open: 3 })
  Object.assign(other, { open: 1 })
  expect(flow.takeEnded(1)).toEqual([])
  expect(flow.takeEnded(4)).toEqual([[one, 2]])
  expect(flow.takeEnded(9)).toEqual([
    [one, 3],
    [other, 1],
  ])
})
