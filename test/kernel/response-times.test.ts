import { expect, test } from 'vitest'
import { ioPrograms } from '../../src/source/programs.ts'
import { addRule, createNamespace, slowLink } from '../support/netns.ts'
import { hasBucketsOfItsRange, responseSum } from '../support/response-times.ts'
import { type Watch, watch } from '../support/source.ts'
import { connectPair, type Pair, startPair } from '../support/traffic.ts'

async function startWatchedPair(): Promise<{ seen: Watch; pair: Pair }> {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  return { seen, pair }
}

/** What both ends measured themselves, in ns. */
async function exchange(pair: Pair, thinks: readonly number[]) {
  const [client, server] = await Promise.all([
    pair.client.run<number[]>(`ask(s, ${thinks.length})`),
    pair.server.run<number[]>(`answer(c, ${JSON.stringify(thinks)})`),
  ])
  return { client, server }
}

const total = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0)

function timesOf(seen: Watch, pair: Pair) {
  return {
    client: responseSum(seen.responses({ pid: pair.client.pid, role: 'client' })),
    server: responseSum(seen.responses({ pid: pair.server.pid, role: 'server' })),
  }
}

test('each exchange gives one value at each end, what the process itself measured', async () => {
  const { seen, pair } = await startWatchedPair()
  const thinks = [0.001, 0.01, 0.1, 0.001, 0.01, 0.1, 0.001, 0.01, 0.001]
  const differences: number[] = []
  for (const think of thinks) {
    seen.sink.clear()
    const truth = await exchange(pair, [think])
    await seen.collect()
    const { client, server } = timesOf(seen, pair)
    expect([client.count, server.count]).toEqual([1, 1])
    expect(client.sumNs).toBeGreaterThanOrEqual(server.minNs)
    differences.push(Math.abs(client.sumNs - total(truth.client)))
    differences.push(Math.abs(server.sumNs - total(truth.server)))
  }
  // A process may lose its processor between the kernel's reading of the clock and its own, now and then.
  const [median] = differences.toSorted((a, b) => a - b).slice(differences.length >> 1)
  expect(median).toBeLessThan(200_000)
})

test.each([0, 2])(
  'over a slow link with %d per cent of loss a client waits for the link, a server does not',
  async (loss) => {
    const near = await createNamespace()
    const far = await createNamespace()
    const delayMs = 15
    await slowLink(near, far, delayMs)
    const seen = await watch([near, far])
    const pair = await startPair({ from: near, to: far, address: '10.97.0.2' })
    await connectPair(pair)
    if (loss > 0) await addRule(far, 'input', `numgen random mod 100 < ${loss} drop`)
    const differences: number[] = []
    for (const think of [0.001, 0.01, 0.1, 0.001, 0.01]) {
      seen.sink.clear()
      const truth = await exchange(pair, [think])
      await seen.collect()
      const { client, server } = timesOf(seen, pair)
      expect([client.count, server.count]).toEqual([1, 1])
      expect(client.sumNs - server.sumNs).toBeGreaterThanOrEqual(2 * delayMs * 1e6)
      differences.push(Math.abs(client.sumNs - total(truth.client)))
      differences.push(Math.abs(server.sumNs - total(truth.server)))
    }
    const [median] = differences.toSorted((a, b) => a - b).slice(differences.length >> 1)
    expect(median).toBeLessThan(200_000)
  },
)

test('the time that a request waits to be read is in the client’s value alone', async () => {
  const { seen, pair } = await startWatchedPair()
  const waitNs = 50_000_000
  for (const request of [1, 100]) {
    seen.sink.clear()
    await pair.client.run(`s.send(ZEROS[:${request}])`)
    await pair.server.run(`time.sleep(${waitNs / 1e9}); read_all(c, ${request}); c.send(b"yes")`)
    await pair.client.run('read_all(s, 3)')
    await seen.collect()
    const { client, server } = timesOf(seen, pair)
    expect([client.count, server.count]).toEqual([1, 1])
    expect(client.sumNs - server.sumNs).toBeGreaterThanOrEqual(waitNs)
  }
})

test('the time that an answer waits to be read is in the client’s value', async () => {
  const { seen, pair } = await startWatchedPair()
  const waitNs = 50_000_000
  await pair.client.run('s.send(b"ask")')
  await pair.server.run('read_all(c, 3); c.send(b"yes")')
  await pair.client.run(`time.sleep(${waitNs / 1e9}); read_all(s, 3)`)
  await seen.collect()
  const { client, server } = timesOf(seen, pair)
  expect([client.count, server.count]).toEqual([1, 1])
  expect(client.sumNs - server.sumNs).toBeGreaterThanOrEqual(waitNs)
})

test('sum, least, greatest and buckets are those of all exchanges', async () => {
  const { seen, pair } = await startWatchedPair()
  const thinks = Array.from({ length: 400 }, (_, at) => (at % 20 === 0 ? 0.002 : 0))
  const truth = await exchange(pair, thinks)
  await pair.client.run('s.close()')
  await pair.server.run('c.close()')
  await seen.collectUntil(() => seen.sum({ port: pair.port }).closed === 2)

  const { client, server } = timesOf(seen, pair)
  expect([client.count, server.count]).toEqual([400, 400])
  expect(client.sumNs).toBeLessThanOrEqual(total(truth.client) * 1.2)
  expect(server.sumNs).toBeGreaterThanOrEqual(20 * 2_000_000)
  expect(server.maxNs).toBeGreaterThanOrEqual(2_000_000)
  expect(seen.responses({ port: pair.port }).every(hasBucketsOfItsRange)).toBe(true)
})

test('what fits neither the socket nor the ring is counted as lost', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace], { ringBytes: 4096 })
  const pair = await startPair({ from: namespace })
  for (let round = 0; round < 60; round += 1) {
    await connectPair(pair)
    await exchange(pair, [0])
    await pair.client.run('s.close()')
    await pair.server.run('receive(c); c.close()')
  }
  const told = () => {
    const { client, server } = timesOf(seen, pair)
    return client.count + server.count
  }
  // A record whose other end found the ring full is held until the next collection.
  await seen.collectUntil(() => told() + (seen.source.health().responsesLost ?? 0) >= 120)
  expect(seen.source.health().responsesLost).toBeGreaterThan(0)
})

test('response times that are not wanted cost nothing and are not missed', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace], { hasResponseTimes: false, hasDatagrams: false })
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  await exchange(pair, [0])
  await seen.collect()
  expect(seen.sum({ port: pair.port, role: 'client' })).toMatchObject({
    bytesTx: 100,
    bytesRx: 100,
  })
  expect(seen.sink.responseTimes).toEqual([])
  const names = seen.source.health().programs.map(({ name }) => name)
  expect(names.filter((name) => ioPrograms.includes(name))).toEqual([])
})
