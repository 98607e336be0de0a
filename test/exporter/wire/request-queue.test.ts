import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { queueConfig } from '../../../src/exporter/wire/queue-config.ts'
import { type QueuedRequest, queued } from '../../../src/exporter/wire/queued-request.ts'
import { RequestQueue } from '../../../src/exporter/wire/request-queue.ts'

const request = (bytes: number, items = 1): QueuedRequest =>
  queued({ body: new Uint8Array(bytes), items }, 0)
const queue = (config: object) => new RequestQueue(queueConfig.parse(config))

test.each([
  { sizer: 'requests', used: 2 },
  { sizer: 'items', used: 12 },
  { sizer: 'bytes', used: 30 },
])('what is held is counted in $sizer', ({ sizer, used }) => {
  const held = queue({ sizer, queue_size: 100 })
  held.add(request(10, 5))
  held.add(request(20, 7))
  expect([held.used, held.bytes, held.capacity]).toEqual([used, 30, 100])
})

test('a full queue gives up its oldest', () => {
  const held = queue({ queue_size: 2 })
  const [first, second, third] = [request(1), request(1), request(1)] as const
  held.add(first)
  held.add(second)
  expect(held.add(third)).toEqual([first])
  expect([held.take(), held.take(), held.take()]).toEqual([second, third, undefined])
})

test('what is being sent cannot be given up, so the new one goes', () => {
  const held = queue({ queue_size: 1 })
  held.add(request(1))
  const taken = held.take()
  const late = request(2)
  expect(held.add(late)).toEqual([late])
  held.release(taken!)
  expect(held.add(late)).toEqual([])
})

test('one that is larger than the queue goes without costing the others', () => {
  const held = queue({ sizer: 'bytes', queue_size: 10 })
  held.add(request(5))
  const large = request(11)
  expect(held.add(large)).toEqual([large])
  expect(held.used).toBe(5)
})

test('with requests as unit no more than 64 MiB are held', () => {
  const held = queue({ queue_size: 1000 })
  const mib = 1024 * 1024
  const dropped = Array.from({ length: 30 }, () => held.add(request(3 * mib))).flat()
  expect(held.bytes).toBeLessThanOrEqual(64 * mib)
  expect(dropped).toHaveLength(9)
})

test('without a queue a few requests may wait for a sender', () => {
  expect(queue({ enabled: false, queue_size: 5, sizer: 'bytes' }).capacity).toBe(32)
})

test('whatever happens, the limits hold and what is released leaves nothing behind', () => {
  const steps = fc.array(fc.oneof(fc.nat(40), fc.constant('take' as const)), { maxLength: 60 })
  fc.assert(
    fc.property(steps, (all) => {
      const held = queue({ sizer: 'bytes', queue_size: 100 })
      const taken: QueuedRequest[] = []
      for (const step of all) {
        if (step === 'take') taken.push(...[held.take()].filter((one) => one !== undefined))
        else held.add(request(step))
        expect(held.used).toBeLessThanOrEqual(100)
      }
      for (let rest = held.take(); rest !== undefined; rest = held.take()) taken.push(rest)
      for (const one of taken) held.release(one)
      expect([held.used, held.bytes]).toEqual([0, 0])
    }),
  )
})

test('what an earlier run left goes before what waits, and the oldest go where it is too much', () => {
  const held = queue({ queue_size: 3 })
  const [one, two, three, four] = [request(1), request(1), request(1), request(1)] as const
  held.add(four)
  expect(held.restore([one, two, three])).toEqual([one])
  expect([held.take(), held.take(), held.take()]).toEqual([two, three, four])
})

test('one that is given up leaves its room; one that was taken cannot be given up', () => {
  const held = queue({ queue_size: 2 })
  const [first, second] = [request(1), request(1)] as const
  held.add(first)
  held.add(second)
  held.take()
  expect([held.giveUp(first), held.giveUp(second), held.used]).toEqual([false, true, 1])
})
