import * as fc from 'fast-check'
import { uncompress } from 'snappyjs'
import { expect, test } from 'vitest'
import { snappy } from '../../../src/exporter/prometheusremotewrite/snappy.ts'

test('what is compressed in blocks is one text for a decoder', async () => {
  const sizes = fc.constantFrom(0, 1, 65_535, 65_536, 65_537, 200_000)
  await fc.assert(
    fc.asyncProperty(sizes, fc.uint8Array({ minLength: 1 }), async (size, pattern) => {
      const body = Uint8Array.from({ length: size }, (_, at) => pattern[at % pattern.length] ?? 0)
      const compressed = await snappy(body)
      expect(Buffer.from(uncompress(compressed)).equals(body)).toBe(true)
    }),
    { numRuns: 40 },
  )
})

test('a request of 3 MB gives others a turn, and becomes smaller', async () => {
  const body = Buffer.from('network_peer_address="10.0.0.7"'.repeat(100_000))
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 0)
  const compressed = await snappy(body)
  clearInterval(timer)
  expect(turns).toBeGreaterThan(0)
  expect(compressed.length).toBeLessThan(body.length / 10)
})
