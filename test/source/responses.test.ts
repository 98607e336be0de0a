import { expect, test } from 'vitest'
import type { Flow } from '../../src/connection/flow.ts'
import { ResponseRecord } from '../../src/generated/records.ts'
import { RecordResponses } from '../../src/source/responses.ts'
import { flow } from '../support/increment.ts'

const read = (record: ResponseRecord, flow: Flow) => new RecordResponses().read(record, flow)

const slot = (bucket: number, count: number): number => ((bucket + 0x4000) << 16) | count

function record(slots: readonly number[], [sum, min, max]: readonly number[]): ResponseRecord {
  const words = new Uint32Array(ResponseRecord.size >> 2)
  const made = new ResponseRecord(words)
  new Uint32Array(made.slots.buffer, made.slots.byteOffset).set(slots)
  const sums = made.slots.byteOffset / 4 - 6
  for (const [at, value] of [sum, min, max].entries()) words[sums + at * 2] = value ?? 0
  return made
}

test('slots are buckets and counts, the times beside them exact', () => {
  const one = flow()
  const slots = [slot(-80, 3), slot(2, 65_535), slot(-240, 1)]
  expect(read(record(slots, [4000, 1000, 2000]), one)).toEqual({
    flow: one,
    sumNs: 4000,
    minNs: 1000,
    maxNs: 2000,
    scale: 3,
    buckets: [-80, 2, -240],
    counts: [3, 65_535, 1],
  })
})

test('a slot that was taken while it was counted in says nothing', () => {
  const { buckets, counts } = read(record([0x4000 << 16, 0, slot(1, 2)], [9, 4, 5]), flow())
  expect({ buckets, counts }).toEqual({ buckets: [1], counts: [2] })
})

test('least and greatest that are not known yet are those of the buckets', () => {
  const { minNs, maxNs } = read(record([slot(-8, 1), slot(7, 1)], [0, 0, 0]), flow())
  expect({ minNs, maxNs }).toEqual({ minNs: 0.5e9, maxNs: 2e9 })
})

test('what one record said is not in the next', () => {
  const responses = new RecordResponses()
  responses.read(record([slot(-80, 3), slot(2, 1), slot(3, 1)], [9, 4, 5]), flow())
  const { buckets, counts } = responses.read(record([slot(7, 2)], [9, 4, 5]), flow())
  expect({ buckets, counts }).toEqual({ buckets: [7], counts: [2] })
})
