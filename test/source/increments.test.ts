import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConnectionRecord, Total } from '../../src/generated/records.ts'
import { FlowTable } from '../../src/source/flow-table.ts'
import { mergedIncrement, RecordIncrement } from '../../src/source/increments.ts'

/** `struct counters` behind header (8), flow (48), close_reason and failure_type (4 each). */
const countersAt = 64
const words = ['pktsTx', 'pktsRx', 'pktsRetr', 'pktsRetrSyn', 'resetsTx', 'resetsRx'] as const

function increment(fill: (view: DataView) => void): RecordIncrement {
  const bytes = new ArrayBuffer(ConnectionRecord.size)
  fill(new DataView(bytes))
  const record = new ConnectionRecord(new Uint32Array(bytes))
  const flow = new FlowTable(8).find(record.words, ConnectionRecord.flowWord, record)
  return new RecordIncrement(record, flow)
}

/** The readings stand before the endpoints (24): srtt, rtt_variance, connect_duration, duration, accept_duration. */
const readingsAt = ConnectionRecord.size - 56

test('counters of 64 bits are exact up to 2^53', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (sent, received) => {
      const one = increment((view) => {
        view.setBigUint64(countersAt, BigInt(sent), true)
        view.setBigUint64(countersAt + 8, BigInt(received), true)
      })
      expect([one.bytesTx, one.bytesRx]).toEqual([sent, received])
    }),
  )
})

test.each(words.map((name, at) => ({ name, at: countersAt + 16 + at * 4 })))(
  '$name is unsigned, all 32 bits of it',
  ({ name, at }) => {
    const one = increment((view) => view.setUint32(at, 0xffff_fffe, true))
    expect(one[name]).toBe(0xffff_fffe)
    expect(words.filter((other) => other !== name).map((other) => one[other])).toEqual(
      words.slice(1).map(() => 0),
    )
  },
)

test.each([1, 0, -1, -100_000])('a change of %d open connections keeps its sign', (active) => {
  const one = increment((view) => view.setInt32(countersAt + 52, active, true))
  expect(one.active).toBe(active)
})

const none = {
  srttUs: -1,
  rttVarianceUs: -1,
  connectDurationNs: -1,
  durationNs: -1,
  acceptDurationNs: -1,
}

test('readings that are not there are -1', () => {
  expect(increment(() => {})).toMatchObject(none)
  // A variance without an RTT is the kernel's initial value.
  expect(increment((view) => view.setUint32(readingsAt + 4, 250_000, true))).toMatchObject(none)
})

test('readings that are there are read as they are', () => {
  const one = increment((view) => {
    view.setUint32(readingsAt, 40, true)
    view.setUint32(readingsAt + 4, 0, true)
    view.setBigUint64(readingsAt + 8, 5_000_000_000n, true)
    view.setBigUint64(readingsAt + 16, 86_400_000_000_000n, true)
    view.setBigUint64(readingsAt + 24, 50_000_000n, true)
  })
  expect(one).toMatchObject({
    srttUs: 40,
    rttVarianceUs: 0,
    connectDurationNs: 5_000_000_000,
    durationNs: 86_400_000_000_000,
    acceptDurationNs: 50_000_000,
  })
})

test('a merged increment has the counters of its entry, and no reading', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: Total.size, maxLength: Total.size }).map((bytes) => bytes.slice()),
      (bytes) => {
        const total = new Total(new Uint32Array(bytes.buffer))
        const flow = new FlowTable(8).find(total.words, Total.flowWord, total)
        const merged = mergedIncrement(total, flow)
        const single = increment((view) => {
          new Uint8Array(view.buffer).set(bytes, 8)
        })
        expect(merged).toMatchObject({ flow, isMerged: true, ...none })
        for (const key of Object.keys(merged) as (keyof typeof merged)[]) {
          if (key in none || key === 'flow' || key === 'isMerged') continue
          expect([key, merged[key]]).toEqual([key, single[key]])
        }
      },
    ),
  )
})
