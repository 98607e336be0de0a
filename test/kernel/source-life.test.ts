import { readdirSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { EbpfSource } from '../../src/source/ebpf.ts'
import { createNamespace } from '../support/netns.ts'
import { RecordingSink, watch } from '../support/source.ts'
import { connectPair, startPair } from '../support/traffic.ts'

const descriptors = (): number => readdirSync('/proc/self/fd').length

function makeSource(): { source: EbpfSource; sink: RecordingSink } {
  const source = new EbpfSource()
  onTestFinished(() => source.stop())
  return { source, sink: new RecordingSink() }
}

test('before its start and after its stop a source does nothing', async () => {
  const { source, sink } = makeSource()
  await source.collect()
  expect(source.drain()).toBe(false)
  await source.stop()
  expect(source.health()).toMatchObject({ records: 0, lost: 0, ringFull: 0, programs: [] })

  await source.start(sink)
  await source.stop()
  await source.stop()
  const before = sink.order.length
  await source.collect()
  expect(source.drain()).toBe(false)
  expect(sink.order).toHaveLength(before)
})

test('a source that is stopped in the middle of a collection ends it', async () => {
  const before = descriptors()
  for (let turns = 0; turns < 12; turns += 1) {
    const { source, sink } = makeSource()
    await source.start(sink)
    const collection = source.collect()
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
    await source.stop()
    await expect(collection).resolves.toBeUndefined()
  }
  expect(descriptors()).toBeLessThanOrEqual(before)
})

test('a source starts again after its stop, and counts from then on', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const seen = await watch([namespace])
  await connectPair(pair)
  await seen.collect()
  await seen.source.stop()
  await pair.client.run('send(s, 1000)')
  await pair.server.run('receive(c, 1000)')

  await seen.source.start(seen.sink)
  seen.sink.clear()
  await pair.client.run('send(s, 10)')
  await pair.server.run('receive(c, 10)')
  await seen.collect()
  expect(seen.sum({ pid: pair.client.pid, role: 'client' })).toMatchObject({
    bytesTx: 10,
    opened: 0,
    active: 1,
  })
})

test('a collection in which nothing happened hands over no increment', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  await pair.client.run('held = [connect(*peer) for _ in range(20)]')
  await pair.server.run('taken = [accept(l) for _ in range(20)]')
  await seen.collectUntil(() => seen.sum({ port: pair.port }).active === 40)
  await seen.collect()
  const before = seen.of({ port: pair.port }).length
  for (let round = 0; round < 5; round += 1) await seen.collect()
  expect(seen.of({ port: pair.port })).toHaveLength(before)
})

test('a flow is the same object as long as the table has it', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  await pair.client.run('for _ in range(10): connect(*peer).close()')
  await pair.server.run('for _ in range(10): accept(l).close()')
  await seen.collect()
  const flows = new Set(seen.of({ pid: pair.client.pid }).map(({ flow }) => flow))
  expect(flows.size).toBe(1)
})

test('a table of flows that is too small loses no count', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace], { flowCapacity: 2 })
  const pairs = [
    await startPair({ from: namespace }),
    await startPair({ from: namespace }),
    await startPair({ from: namespace }),
  ]
  for (const pair of pairs) {
    await pair.client.run('for _ in range(20): s = connect(*peer); send(s, 9); s.close()')
    await pair.server.run('for _ in range(20): c = accept(l); receive(c); c.close()')
  }
  await seen.collectUntil(() => pairs.every(({ port }) => seen.sum({ port }).closed === 40))
  for (const { client, port } of pairs) {
    expect(seen.sum({ pid: client.pid, port })).toMatchObject({
      opened: 20,
      closed: 20,
      bytesTx: 180,
    })
  }
  expect(seen.source.health().flowTableResets).toBeGreaterThan(0)
})
