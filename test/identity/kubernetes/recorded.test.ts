import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Kubernetes } from '../../../src/identity/kubernetes/index.ts'
import { HealthBook } from '../../../src/telemetry/health.ts'
import { type Asked, KubernetesServer, type ServedAnswer } from '../../support/kubernetes-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'
import { containerId, extraction } from '../support/kubernetes-objects.ts'

interface Recorded {
  readonly path: string
  readonly status: number
  readonly body: string
}

// Of kube-apiserver 1.36: `node test/kubernetes/support/print-recording.ts` makes it.
const recorded = JSON.parse(
  readFileSync(new URL('fixtures/recorded.json', import.meta.url), 'utf8'),
) as readonly Recorded[]

let server: KubernetesServer
let kubernetes: Kubernetes
let health: HealthBook

/** What the real server answered, to the same path and the same kind of request. */
function answerTo({ path, query, isWatch }: Asked): ServedAnswer | undefined {
  const isNext = query.has('continue')
  const found = recorded.find(({ path: text, status }) => {
    const asked = new URL(text, 'https://server')
    const kinds = [asked.searchParams.has('watch'), asked.searchParams.has('continue')]
    return status === 200 && asked.pathname === path && kinds.join() === [isWatch, isNext].join()
  })
  return found
}

const failed = (status: number) => recorded.find((one) => one.status === status)

beforeEach(async () => {
  server = await KubernetesServer.start()
  const { settings } = recordedSettings('nettracer')
  health = new HealthBook()
  kubernetes = new Kubernetes({
    api: () => ({ server: server.url, ca: server.authority.ca.toString(), token: 'secret' }),
    kubeletIntervalMs: 1000,
    nodeName: 'node-1',
    extraction,
    hasPeers: true,
    waitMs: 60_000,
    userAgent: 'test/1',
    logger: settings.telemetry.logger,
    health: health.of('nettracer'),
    spreadMs: 0,
  })
})

afterEach(async () => {
  await kubernetes.stop()
  await server.stop()
})

test('lists and events of a real server are understood', async () => {
  const seen = new Map<string, number>()
  server.instead = (asked) => {
    const key = `${asked.isWatch} ${asked.path} ${asked.query.get('fieldSelector')}`
    seen.set(key, (seen.get(key) ?? 0) + 1)
    // The recorded events once, then nothing more happens.
    return asked.isWatch && (seen.get(key) ?? 0) > 1 ? undefined : answerTo(asked)
  }
  await kubernetes.start()
  const peerAt = (address: string, port = 80) => kubernetes.peers?.peerAt(address, port, 'tcp')
  await expect.poll(() => peerAt('10.1.0.8')?.attributes['pod.name']).toBe('web-6d4cf56db6-a')
  await expect.poll(() => peerAt('10.1.0.7')?.serviceName).toBe('web')
  await expect.poll(() => [peerAt('10.1.0.5'), peerAt('10.1.0.6')]).toEqual([undefined, undefined])
  await expect.poll(() => peerAt('10.96.0.7')?.attributes['service.name']).toBe('cart')
  await expect.poll(() => peerAt('192.168.0.1')?.attributes['node.name']).toBe('node-1')
  const found = kubernetes.pods.find(containerId('a'), undefined)
  expect(found?.attributes).toMatchObject({ 'k8s.deployment.name': 'web' })
  expect(found?.attributes['k8s.cluster.uid']).toMatch(/^[0-9a-f-]{36}$/)
})

test.each([401, 403])('an answer %i of a real server is told with its reason', async (status) => {
  const answer = failed(status)
  server.instead = () => answer
  void kubernetes.start()
  await expect.poll(() => health.problems().length).toBeGreaterThan(3)
  const { message } = JSON.parse(answer?.body ?? '{}') as { message: string }
  expect(health.problems()[0]?.reason).toContain(`the server answers ${status}: ${message}`)
})

test('a state that a real server has forgotten is listed anew', async () => {
  const expired = recorded.findLast(({ path }) => path.includes('resourceVersion=1&'))
  expect(expired?.body).toContain('"code":410')
  let watches = 0
  server.instead = (asked) => {
    if (!asked.isWatch || asked.path !== '/api/v1/pods') return answerTo(asked)
    watches += 1
    return watches <= 2 ? expired : { status: 500 }
  }
  await kubernetes.start()
  await expect.poll(() => kubernetes.stats()[4]?.lists).toBeGreaterThan(2)
  expect(kubernetes.peers?.peerAt('10.1.0.5', 80, 'tcp')?.serviceName).toBe('web')
})
