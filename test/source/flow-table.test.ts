import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unpinned } from '../../src/connection/flow.ts'
import { flowWords, Total } from '../../src/generated/records.ts'
import { FlowTable, readFlow } from '../../src/source/flow-table.ts'

/** A record that holds nothing but a flow, at any word. */
function recordOf(flow: readonly number[], at = 0) {
  const words = new Uint32Array(at + (Total.size >> 2))
  words.set(flow, at + Total.flowWord)
  const record = new Total(words)
  record.at = at
  return { words, at: at + Total.flowWord, record }
}

function find(table: FlowTable, flow: readonly number[], at = 0) {
  const { words, at: flowAt, record } = recordOf(flow, at)
  return table.find(words, flowAt, record)
}

const numbered = (number: number): number[] => [number, ...new Array(flowWords - 1).fill(0)]
const word = fc.oneof(fc.nat(2), fc.integer({ min: 0, max: 0xffff_ffff }))
const flowBytes = fc.array(word, { minLength: flowWords, maxLength: flowWords })

/** remoteAddress 4 words, start time 2, cgroup 2, pid, netns, port|protocol|version, role|same host */
const ipv4 = (address: number[], rest: { version?: number; role?: number; same?: number } = {}) => {
  const words = new Uint32Array(flowWords)
  const bytes = new Uint8Array(words.buffer)
  bytes.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...address])
  const view = new DataView(words.buffer)
  view.setBigUint64(16, 2n ** 63n + 5n, true)
  view.setBigUint64(24, 2n ** 40n + 7n, true)
  view.setUint32(32, 4_194_304, true)
  view.setUint32(36, 4_026_531_840, true)
  view.setUint16(40, 65_535, true)
  bytes.set([6, rest.version ?? 4, rest.role ?? 1, rest.same ?? 0], 42)
  return [...words]
}

test('a flow is decoded to the bit', () => {
  const { record } = recordOf(ipv4([10, 1, 2, 3], { role: 2 }), 3)
  expect(readFlow(record)).toEqual({
    process: { pid: 4_194_304, startTime: 2n ** 63n + 5n, cgroupId: 2n ** 40n + 7n },
    netns: 4_026_531_840,
    transport: 'tcp',
    networkType: 'ipv4',
    role: 'server',
    servicePort: 65_535,
    remoteAddress: '10.1.2.3',
    isSameHost: false,
    ...unpinned,
  })
})

test.each([
  { role: 0, expected: 'unknown' },
  { role: 1, expected: 'client' },
  { role: 2, expected: 'server' },
  { role: 3, expected: 'unknown' },
  { role: 255, expected: 'unknown' },
])('role $role is $expected', ({ role, expected }) => {
  expect(readFlow(recordOf(ipv4([10, 0, 0, 1], { role })).record).role).toBe(expected)
})

test.each([
  { address: [127, 0, 0, 2], same: 0, isSameHost: true },
  { address: [10, 0, 0, 1], same: 1, isSameHost: true },
  { address: [10, 0, 0, 1], same: 0, isSameHost: false },
  { address: [128, 0, 0, 1], same: 0, isSameHost: false },
])('$address with the mark $same: same host is $isSameHost', ({ address, same, isSameHost }) => {
  expect(readFlow(recordOf(ipv4(address, { same })).record).isSameHost).toBe(isSameHost)
})

test('equal bytes are the same object, others are not, wherever they stand', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(flowBytes, fc.nat(40)), { minLength: 1, maxLength: 60 }),
      (finds) => {
        const table = new FlowTable(64)
        const known = new Map<string, unknown>()
        for (const [flow, at] of finds) {
          const found = find(table, flow, at)
          const key = flow.join()
          expect(found).toBe(known.get(key) ?? found)
          known.set(key, found)
        }
        expect(new Set(known.values()).size).toBe(known.size)
        expect(table.size).toBe(known.size)
        expect(table.resets).toBe(0)
      },
    ),
  )
})

test('one bit more or less is another flow', () => {
  const table = new FlowTable(1024)
  const base = ipv4([192, 0, 2, 1])
  const flows = new Set([find(table, base)])
  for (let bit = 0; bit < flowWords * 32; bit += 1) {
    const other = [...base]
    other[bit >> 5] = ((other[bit >> 5] as number) ^ (1 << (bit & 31))) >>> 0
    flows.add(find(table, other))
  }
  expect(flows.size).toBe(flowWords * 32 + 1)
})

test('what hangs on a flow stays on it', () => {
  const table = new FlowTable(8)
  find(table, numbered(1)).slot = 'mine'
  find(table, numbered(2))
  expect(find(table, numbered(1)).slot).toBe('mine')
})

test('a full table begins anew and counts it', () => {
  const table = new FlowTable(8)
  const first = Array.from({ length: 8 }, (_, number) => find(table, numbered(number)))
  expect(table).toMatchObject({ size: 8, resets: 0 })
  expect(first.map((_, number) => find(table, numbered(number)))).toEqual(first)

  find(table, numbered(8))
  expect(table).toMatchObject({ size: 1, resets: 1 })
  // Equal, but forgotten.
  expect(find(table, numbered(0))).toEqual(first[0])
  expect(find(table, numbered(0))).not.toBe(first[0])
})

test('a flow that was met since the last renewal is kept, others are forgotten', () => {
  const table = new FlowTable(1024)
  const kept = find(table, numbered(1))
  const idle = find(table, numbered(2))
  table.renew()
  expect(find(table, numbered(1))).toBe(kept)
  table.renew()
  expect(find(table, numbered(1))).toBe(kept)
  expect(find(table, numbered(2))).toEqual(idle)
  expect(find(table, numbered(2))).not.toBe(idle)
  expect(table).toMatchObject({ size: 2, resets: 0 })
})

test('a flow with open connections is kept however long it is idle, up to the capacity', () => {
  const table = new FlowTable(8)
  const open = Array.from({ length: 6 }, (_, number) => find(table, numbered(number)))
  const idle = find(table, numbered(6))
  for (const flow of open) flow.open = 1
  for (let collection = 0; collection < 5; collection += 1) table.renew()
  expect(find(table, numbered(0))).toBe(open[0])
  expect(find(table, numbered(6))).not.toBe(idle)
  for (let number = 10; number < 16; number += 1) find(table, numbered(number))
  table.renew()
  table.renew()
  const kept = open.filter((flow, number) => find(table, numbered(number)) === flow)
  expect(kept).toHaveLength(1)
  expect(table.resets).toBe(0)
})

test('a flow whose other end is known is kept likewise while it has open connections', () => {
  const table = new FlowTable(64)
  const end = (pid: number) => ({
    reachedAddress: undefined,
    peerProcess: { pid, startTime: 1n, cgroupId: 0n },
  })
  const base = find(table, numbered(1))
  const [open, idle] = [base.with(end(7), 1), base.with(end(8), 1)]
  open.open = 1
  for (let generation = 2; generation < 6; generation += 1) {
    table.renew()
    base.with(end(9), generation)
  }
  expect(find(table, numbered(1))).toBe(base)
  expect(base.with(end(7), 9)).toBe(open)
  expect(base.with(end(8), 9)).not.toBe(idle)
  open.open = 0
  base.with(end(9), 20)
  expect(base.with(end(7), 21)).not.toBe(open)
})

test('a table that grew still finds every flow', () => {
  const table = new FlowTable(1 << 14)
  const made = Array.from({ length: 5000 }, (_, number) => find(table, numbered(number)))
  expect(made.every((flow, number) => find(table, numbered(number)) === flow)).toBe(true)
  table.renew()
  expect(made.every((flow, number) => find(table, numbered(number)) === flow)).toBe(true)
  expect(table).toMatchObject({ size: 5000, resets: 0 })
})

test('however many flows come, the table stays bounded and right', () => {
  const table = new FlowTable(16)
  for (let number = 0; number < 5000; number += 1) {
    const found = find(table, ipv4([10, 9, number >> 8, number & 255]))
    expect(found.remoteAddress).toBe(`10.9.${number >> 8}.${number & 255}`)
    expect(table.size).toBeLessThanOrEqual(16)
  }
  expect(table.resets).toBe(Math.floor(4999 / 16))
})
