import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ConnectionRecord,
  ProcessRecord,
  Rejection,
  recordKind,
  Total,
} from '../../src/generated/records.ts'
import { RecordDecoder } from '../../src/source/decoder.ts'
import { FlowTable } from '../../src/source/flow-table.ts'
import { RecordingSink } from '../support/source.ts'

/** Captured from a real kernel by test/kernel/fixtures.test.ts, which tells what they say. */
const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url))
const expectedOf = (name: string): unknown => JSON.parse(fixture(`${name}.json`).toString())

const room = 64 << 10

function decoderWith(bytes: Uint8Array): RecordDecoder {
  const decoder = new RecordDecoder(new FlowTable(64), room)
  decoder.bytes.set(bytes)
  return decoder
}

/** What came to the sink, without what only a decoder's own objects have. */
const events = ({ increments, listeners, processes, rejections, order }: RecordingSink) =>
  structuredClone({ increments, listeners, processes, rejections, order })

function decodeWhole(bytes: Uint8Array) {
  const sink = new RecordingSink()
  const decoder = decoderWith(bytes)
  const left = decoder.decode(bytes.length, sink)
  return { decoder, sink, left }
}

test.each(['records-ipv4', 'records-ipv6'])(
  '%s: what the kernel wrote is what was done',
  (name) => {
    const { decoder, sink, left } = decodeWhole(fixture(`${name}.bin`))
    const expected = expectedOf(name) as {
      processes: { pid: number; startTicks: number; cgroupId: string }[]
      listeners: object[]
      increments: { flow: { process: object } }[]
    }

    for (const { startTicks, cgroupId, ...one } of expected.processes) {
      const seen = sink.processes.find(({ pid }) => pid === one.pid)
      expect(seen).toMatchObject({ ...one, cgroupId: BigInt(cgroupId) })
      expect(Number((seen?.startTime ?? 0n) / 10_000_000n)).toBe(startTicks)
    }
    expect(sink.listeners).toMatchObject(expected.listeners)
    expect(sink.increments).toHaveLength(expected.increments.length)
    for (const one of expected.increments) {
      const matching = sink.increments.filter((seen) => isSubset(one, seen))
      expect(matching).toHaveLength(1)
    }
    expect([left, decoder.unknown]).toEqual([0, 0])
    expect(decoder.records).toBe(
      sink.processes.length + sink.listeners.length + sink.increments.length,
    )
  },
)

function isSubset(part: unknown, whole: unknown): boolean {
  if (typeof part !== 'object' || part === null) return Object.is(part, whole)
  return Object.entries(part).every(([key, value]) =>
    isSubset(value, (whole as Record<string, unknown>)[key]),
  )
}

test('totals: what did not fit the ring is what was done', () => {
  const bytes = fixture('totals.bin')
  const sink = new RecordingSink()
  decoderWith(bytes).decodeTotals(bytes.length, sink)
  const sums = sink.increments
  for (const one of expectedOf('totals') as object[]) {
    expect(sums.filter((seen) => isSubset(one, seen))).toHaveLength(1)
  }
  expect(sums).toHaveLength(bytes.length / Total.size)
})

test('rejections: what was refused is what was tried', () => {
  const bytes = fixture('rejections.bin')
  const sink = new RecordingSink()
  decoderWith(bytes).decodeRejections(bytes.length, sink)
  expect(sink.rejections.toSorted((a, b) => a.port - b.port)).toEqual(expectedOf('rejections'))
})

test('an entry of a rejection map that nothing happened to says nothing', () => {
  const sink = new RecordingSink()
  decoderWith(new Uint8Array()).decodeRejections(3 * Rejection.size, sink)
  expect(sink.rejections).toEqual([])
})

test('records that are cut anywhere, any number of times, say the same', () => {
  const whole = fixture('records-ipv4.bin')
  const expected = events(decodeWhole(whole).sink)
  const cuts = fc.array(fc.nat(whole.length), { maxLength: 8 })
  fc.assert(
    fc.property(cuts, (places) => {
      const sink = new RecordingSink()
      const decoder = new RecordDecoder(new FlowTable(64), room)
      const ends = [...places.toSorted((a, b) => a - b), whole.length]
      let left = 0
      let at = 0
      for (const end of ends) {
        decoder.bytes.set(whole.subarray(at, end), left)
        left = decoder.decode(left + end - at, sink)
        at = end
      }
      expect(left).toBe(0)
      expect(decoder.unknown).toBe(0)
      expect(events(sink)).toEqual(expected)
    }),
  )
})

const header = (kind: number, size: number, length = Math.max(8, size)): Uint8Array => {
  const bytes = new Uint8Array(length)
  new Uint32Array(bytes.buffer).set([kind, size])
  return bytes
}

test.each([
  { what: 'a kind that is not known', bytes: header(99, 144) },
  { what: 'kind 0', bytes: header(0, 144) },
  { what: 'a size that is not the kind’s', bytes: header(recordKind.RECORD_CONNECTION, 140) },
  { what: 'size 0', bytes: header(recordKind.RECORD_CONNECTION, 0) },
  { what: 'a size beyond the buffer', bytes: header(recordKind.RECORD_PROCESS, 0xffff_fff8, 200) },
])('after $what the rest of the buffer is given up, and counted once', ({ bytes }) => {
  const good = fixture('records-ipv4.bin')
  const { decoder, sink, left } = decodeWhole(Buffer.concat([good, bytes, good]))
  expect(decoder.unknown).toBe(1)
  expect(left).toBe(0)
  expect(events(sink)).toEqual(events(decodeWhole(good).sink))
})

test('the next buffer after a bad one is read again', () => {
  const good = fixture('records-ipv4.bin')
  const sink = new RecordingSink()
  const decoder = decoderWith(header(99, 8))
  decoder.decode(8, sink)
  decoder.bytes.set(good)
  decoder.decode(good.length, sink)
  expect(events(sink)).toEqual(events(decodeWhole(good).sink))
})

/** Every way of reading a buffer, at any length. */
function decodeEveryWay(bytes: Uint8Array): RecordDecoder {
  const decoder = decoderWith(bytes)
  const sink = new RecordingSink()
  decoder.decodeTotals(bytes.length, sink)
  decoder.decodeRejections(bytes.length, sink)
  const left = decoder.decode(bytes.length, sink)
  expect(left).toBeGreaterThanOrEqual(0)
  expect(left).toBeLessThan(ConnectionRecord.size * 2)
  expect(sink.order.length).toBeLessThanOrEqual(bytes.length)
  return decoder
}

test('arbitrary bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
      const { unknown, records } = decodeEveryWay(bytes)
      // Random bytes are no record; fewer than a header may be the beginning of one.
      expect(unknown + records).toBe(bytes.length >= 8 ? 1 : 0)
    }),
    { numRuns: 2000 },
  )
})

test('records with any bytes changed never throw, and are counted as read or unknown', () => {
  const whole = fixture('records-ipv6.bin')
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 30 }), fc.nat(8), (changes, less) => {
      const bytes = Uint8Array.from(whole)
      for (const [at, value] of changes) bytes[at] = value
      const decoder = decodeEveryWay(bytes.subarray(0, bytes.length - less * 4))
      expect(decoder.unknown + decoder.records).toBeGreaterThan(0)
    }),
    { numRuns: 2000 },
  )
})

test('names of a process: up to the first NUL, and what is not UTF-8 is replaced', () => {
  const whole = fixture('records-ipv4.bin')
  const { sink } = decodeWhole(whole)
  const name = Buffer.from(sink.processes[0]?.comm ?? '')
  const at = whole.indexOf(name)
  expect(at).toBeGreaterThan(0)
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (comm) => {
      const bytes = Buffer.from(whole)
      bytes.set(comm, at)
      const end = comm.indexOf(0)
      const text = Buffer.from(end < 0 ? comm : comm.subarray(0, end))
      const seen = decodeWhole(bytes).sink.processes[0]?.comm
      expect(seen).toBe(new TextDecoder().decode(text))
    }),
  )
})

/** A record of a process in a control group whose names are so. */
function processIn(...names: [top: string, above: string, own: string]): string | undefined {
  const words = new Uint32Array(ProcessRecord.size / 4)
  words.set([recordKind.RECORD_PROCESS, ProcessRecord.size])
  const record = new ProcessRecord(words)
  const fields = [record.groupGrandparent, record.groupParent, record.group]
  for (const [at, name] of names.entries()) fields[at]?.set(Buffer.from(name))
  return decodeWhole(record.bytes).sink.processes[0]?.cgroupPath
}

test('the path of a control group is whole where nothing is left that could be above it', () => {
  expect(processIn('', '', '')).toBe('/')
  expect(processIn('', '', 'a')).toBe('/a')
  expect(processIn('', 'a', 'b.scope')).toBe('/a/b.scope')
  expect(processIn('a', 'b', 'c')).toBe('a/b/c')
  expect(processIn('a', 'b', 'x'.repeat(94))).toBe(`a/b/${'x'.repeat(94)}`)
})

test('of a control group with a name that was cut off no path is told', () => {
  expect(processIn('a', 'b', 'x'.repeat(95))).toBeUndefined()
  expect(processIn('a', 'x'.repeat(95), 'c')).toBeUndefined()
  expect(processIn('x'.repeat(95), 'b', 'c')).toBeUndefined()
})

test('a listener of a repeated pass says only what grew', () => {
  const whole = fixture('records-ipv4.bin')
  const sink = new RecordingSink()
  const decoder = decoderWith(whole)
  decoder.teller.isRepeatedPass = true
  decoder.decode(whole.length, sink)
  // Nothing grew in the fixture.
  expect(sink.listeners).toEqual([])
})
