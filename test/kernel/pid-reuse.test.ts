import { expect, test } from 'vitest'
import { createNamespace } from '../support/netns.ts'
import { sumOf, watch } from '../support/source.ts'
import { startPair } from '../support/traffic.ts'

/** Forks until the child has the wanted pid; only that one connects. Others on the machine fork too, so not at once. */
const forkAs = [
  'def fork_as(pid, count):',
  '    for _ in range(500):',
  '        go, tell = os.pipe()',
  '        if pid: open("/proc/sys/kernel/ns_last_pid", "w").write(str(pid - 1))',
  '        child = os.fork()',
  '        if child == 0:',
  '            if os.read(go, 1) != b"y": os._exit(0)',
  '            s = connect(*peer); send(s, count); receive(s); os._exit(0)',
  '        os.write(tell, b"n" if pid and child != pid else b"y")',
  '        os.close(go); os.close(tell)',
  '        os.waitpid(child, 0)',
  '        if not pid or child == pid: return child',
  '    return 0',
]

const byAge = (one: bigint, other: bigint): number => (one < other ? -1 : 1)

test('two processes that have the same pid in one interval are told apart', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const { client, server, port } = await startPair({ from: namespace })
  await server.run(
    'def serve():',
    '    for count in (111, 222):',
    '        c = accept(l); receive(c, count); c.close()',
    'serving = in_thread(serve)',
  )
  const pid = await client.run<number>(...forkAs, 'fork_as(0, 111)')
  const again = await client.run<number>(`fork_as(${pid}, 222)`)
  await server.run('serving.join()')
  expect(again).toBe(pid)

  await seen.collectUntil(() => seen.sum({ port, role: 'server' }).closed === 2)
  const clients = seen.of({ pid, port, role: 'client' })
  const lives = [...new Set(clients.map(({ flow }) => flow.process.startTime))].sort(byAge)
  expect(lives).toHaveLength(2)
  const sums = lives.map((life) =>
    sumOf(clients.filter(({ flow }) => flow.process.startTime === life)),
  )
  expect(sums).toMatchObject([
    { opened: 1, closed: 1, active: 0, bytesTx: 111 },
    { opened: 1, closed: 1, active: 0, bytesTx: 222 },
  ])
  const described = seen.sink.processes.filter((process) => process.pid === pid)
  expect(described.map(({ startTime }) => startTime).sort(byAge)).toEqual(lives)
})
