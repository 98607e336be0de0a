import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinRequests } from '../../../src/exporter/wire/join.ts'
import { PartRequests } from '../../../src/exporter/wire/part-requests.ts'
import type { WireRequest } from '../../../src/exporter/wire/requests.ts'

function gathering(maxBytes: number) {
  const sent: WireRequest[] = []
  const parts = new PartRequests({
    maxBytes,
    join: (requests) => joinRequests(requests, 'proto'),
    onRequest: (request) => void sent.push(request),
  })
  return { parts, sent }
}

const request = (length: number): WireRequest => ({ body: Buffer.alloc(length, 7), items: length })

test('small requests wait for each other, and go together when there is nothing more', async () => {
  const { parts, sent } = gathering(1000)
  for (const length of [10, 20, 30]) await parts.add(request(length))
  expect(sent).toEqual([])
  await parts.finish()
  await parts.finish()
  expect(sent.map(({ items }) => items)).toEqual([60])
})

test('what does not come is not waited for', async () => {
  const { parts, sent } = gathering(1000)
  await parts.add(request(10))
  await expect.poll(() => sent.length, { timeout: 5000 }).toBe(1)
})

test('nothing is lost, in its order, and no request that fits becomes too large', async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 120 }))
  const property = fc.asyncProperty(lengths, async (all) => {
    const { parts, sent } = gathering(100)
    for (const length of all) await parts.add(request(length))
    await parts.finish()
    expect(sent.reduce((sum, { items }) => sum + items, 0)).toBe(all.reduce((a, b) => a + b, 0))
    for (const { body, items } of sent) {
      expect(body.length).toBe(items)
      expect(items > 100 && !all.includes(items)).toBe(false)
    }
  })
  await fc.assert(property)
})
