import { expect, test } from 'vitest'
import { createNamespace } from '../support/netns.ts'
import { startRedis } from '../support/redis.ts'
import { responseSum, valueOfRank } from '../support/response-times.ts'
import { watch } from '../support/source.ts'

/** Half a bucket of scale 3. */
const halfBucket = 2 ** (0.5 / 8) - 1
/** What either side does between its own reading of the clock and the socket, in ns. */
const aside = 200_000

async function watchRedis() {
  const namespace = await createNamespace()
  const redis = await startRedis(namespace)
  const seen = await watch([namespace])
  const { port } = redis
  return {
    redis,
    of: (role: 'client' | 'server') => seen.responses({ port, role }),
    isOver: () => seen.collectUntil(() => seen.sum({ port, role: 'server' }).active === 0),
  }
}

test.each([
  { think: 0.001, requests: 300 },
  { think: 0.01, requests: 100 },
  { think: 0.1, requests: 20 },
])('Redis that thinks $think s: what it and redis-benchmark say', async ({ think, requests }) => {
  const { redis, of, isOver } = await watchRedis()
  const said = await redis.bench(requests, 'DEBUG', 'SLEEP', String(think))
  await isOver()
  const atClient = of('client')
  const client = responseSum(atClient)
  const server = responseSum(of('server'))
  const stats = await redis.cli('INFO', 'commandstats')
  const served = Number(/cmdstat_debug:.*usec=(\d+)/.exec(stats)?.[1]) * 1e3

  // redis-benchmark asks for two settings first, at once, on a connection of its own.
  expect(client.count).toBe(requests + 1)
  expect(server.count).toBeOneOf([requests + 1, requests + 2])
  expect(Math.abs(client.sumNs / requests - said.mean)).toBeLessThan(aside)
  expect(Math.abs(client.maxNs - said.max)).toBeLessThan(aside + said.max * 0.001)
  for (const [part, truth] of [
    [0.5, said.p50],
    [0.95, said.p95],
  ] as const) {
    const found = valueOfRank(atClient, Math.ceil(part * requests) + 1)
    expect(Math.abs(found - truth)).toBeLessThan(truth * halfBucket + aside)
  }
  expect(server.sumNs).toBeGreaterThan(served)
  expect((server.sumNs - served) / requests).toBeLessThan(aside)
})

test('redis-cli --latency: as many exchanges as it counts, as long as its clock of ms can tell', async () => {
  const { redis, of, isOver } = await watchRedis()
  const said = await redis.cli('--latency', '--raw', '-i', '1')
  await isOver()
  const [, , mean = Number.NaN, count] = said.trim().split(/\s+/).map(Number)
  for (const role of ['client', 'server'] as const) {
    const all = responseSum(of(role))
    expect(all.count).toBe(count)
    expect(Math.abs(all.sumNs / all.count / 1e6 - mean)).toBeLessThan(1)
  }
})

test('Redis with pipelining: an exchange for each batch', async () => {
  const { redis, of, isOver } = await watchRedis()
  const said = await redis.bench(200, '-P', '4', 'DEBUG', 'SLEEP', '0.001')
  await isOver()
  const { count, sumNs } = responseSum(of('client'))
  expect(count).toBe(50 + 1)
  expect(Math.abs(sumNs / 50 - said.mean)).toBeLessThan(aside)
})
