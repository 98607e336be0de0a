import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { ApiClient } from '../../../src/identity/kubernetes/api-client.ts'
import { KubernetesServer } from '../../support/kubernetes-server.ts'

test('a long answer is read by and by: other work has its turn at least each 192 KiB', async () => {
  const server = await KubernetesServer.start()
  onTestFinished(() => server.stop())
  const body = 'x'.repeat(8 << 20)
  server.instead = () => ({ status: 200, body })
  const access = { server: server.url, ca: server.authority.ca.toString() }
  const client = new ApiClient(() => access, 'test/1')
  onTestFinished(() => client.close())

  const perTurn = [0]
  let isDone = false
  const turns = (async () => {
    while (!isDone) {
      await nextTurn()
      perTurn.push(0)
    }
  })()
  await client.get({
    path: '/',
    query: {},
    silenceMs: 30_000,
    onChunk: (chunk) => perTurn.push((perTurn.pop() ?? 0) + chunk.length),
    signal: new AbortController().signal,
  })
  isDone = true
  await turns
  expect(perTurn.reduce((sum, bytes) => sum + bytes, 0)).toBe(body.length)
  // What is read at a time is on top of the 128 KiB.
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(192 << 10)
})
