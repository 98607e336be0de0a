import { expect, test } from 'vitest'
import { createNamespace } from '../support/netns.ts'
import { watch } from '../support/source.ts'
import { startPair, startTraffic } from '../support/traffic.ts'

test('when the ring is full, sums are exact and say that they are merged', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace], { ringBytes: 4096 })
  const other = await watch([namespace], { ringBytes: 32 << 20 })
  const { client, server, port } = await startPair({ from: namespace })
  const count = 3000
  await Promise.all([
    client.run(
      `for at in range(${count}):`,
      '    s = connect(*peer); send(s, 100); receive(s, 7)',
      '    reset(s) if at % 3 == 0 else s.close()',
      `for _ in range(200): try_connect('127.0.0.1', 9)`,
    ),
    server.run(
      'def serve(c):',
      '    try: receive(c, 100); send(c, 7); receive(c)',
      '    except ConnectionResetError: pass',
      '    c.close()',
      `for _ in range(${count}): serve(accept(l))`,
    ),
  ])
  await seen.collectUntil(() => seen.sum({ port }).closed >= 2 * count)

  const counts = { opened: count, closed: count, active: 0, failed: 0 }
  const atClient = seen.sum({ port, role: 'client' })
  const atServer = seen.sum({ port, role: 'server' })
  expect(atClient).toMatchObject({
    ...counts,
    bytesTx: 100 * count,
    bytesRx: 7 * count,
    resetsTx: count / 3,
    resetsRx: 0,
    closedBy: { local_fin: (2 * count) / 3, local_reset: count / 3 },
  })
  expect(atServer).toMatchObject({
    ...counts,
    bytesTx: 7 * count,
    bytesRx: 100 * count,
    resetsTx: 0,
    resetsRx: count / 3,
    closedBy: { remote_fin: (2 * count) / 3, remote_reset: count / 3 },
  })
  // A source whose ring had room for all says the same, to the segment.
  await other.collect()
  expect(other.source.health()).toMatchObject({ ringFull: 0, lost: 0 })
  for (const [role, merged] of [
    ['client', atClient],
    ['server', atServer],
  ] as const) {
    const { increments: _, ...expected } = other.sum({ port, role })
    expect(merged).toMatchObject(expected)
  }
  expect(seen.sum({ pid: client.pid, port: 9 })).toMatchObject({
    failed: 200,
    opened: 0,
    active: 0,
    failedBy: { refused: 200 },
  })

  const health = seen.source.health()
  expect(health).toMatchObject({ lost: 0, unknownRecords: 0 })
  expect(health.ringFull).toBeGreaterThan(0)
  const merged = seen.of({ port }).filter(({ isMerged }) => isMerged)
  expect(merged.some(({ closed }) => closed > 1)).toBe(true)
  expect(merged.every(({ srttUs, durationNs }) => srttUs === -1 && durationNs === -1)).toBe(true)
  expect(new Set(seen.of({ port }).map(({ flow }) => flow.process.pid))).toEqual(
    new Set([client.pid, server.pid]),
  )

  // All is handed over: nothing is left for a later collection.
  const before = seen.of({ port }).length
  await seen.collect()
  await seen.collect()
  expect(seen.of({ port })).toHaveLength(before)
})

test('a process that found the ring full is described with a later connection', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace], { ringBytes: 4096 })
  const { client, server } = await startPair({ from: namespace })
  await Promise.all([
    client.run('many = [connect(*peer) for _ in range(60)]', 'for one in many: one.close()'),
    server.run(
      'taken = [accept(l) for _ in range(60)]',
      'for one in taken: receive(one); one.close()',
    ),
  ])
  const late = startTraffic(namespace)
  await late.run(`for _ in range(100): try_connect('127.0.0.1', 9)`)
  const isDescribed = () => seen.sink.processes.some(({ pid }) => pid === late.pid)
  while (!isDescribed()) {
    await seen.collect()
    await late.run(`try_connect('127.0.0.1', 9)`)
  }
  expect(seen.sum({ pid: late.pid }).failed).toBeGreaterThanOrEqual(100)
})
