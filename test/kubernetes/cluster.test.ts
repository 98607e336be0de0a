import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Kubernetes, type KubernetesSettings } from '../../src/identity/kubernetes/index.ts'
import { HealthBook } from '../../src/telemetry/health.ts'
import { extraction } from '../identity/support/kubernetes-objects.ts'
import { hasKubernetes, KubernetesApi } from '../support/kubernetes-api.ts'
import { recordedSettings } from '../support/recorded-telemetry.ts'
import {
  createNode,
  createPod,
  createService,
  grantRights,
  requestToken,
  setPodStatus,
} from './support/cluster.ts'

/** Servers take some seconds to start, and minutes of patience on a small machine. */
const patient = { timeout: 60_000, interval: 100 }
const containerId = (digit: string) => digit.repeat(64)

let api: KubernetesApi
let token = ''
let uids: string[] = []

const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles/otel-nettracer'
const pods = '/api/v1/namespaces/shop/pods'

beforeAll(async () => {
  if (!hasKubernetes()) return
  api = await KubernetesApi.start()
  token = await grantRights(api)
  await api.create('/api/v1/namespaces', { metadata: { name: 'shop' } })
  await createNode(api, 'node-1', '192.168.0.1')
  const first = await createPod(api, {
    name: 'web-6d4cf56db6-a',
    address: '10.1.0.5',
    containerId: `containerd://${containerId('a')}`,
    annotations: { 'resource.opentelemetry.io/deployment.environment.name': 'prod' },
  })
  const second = await createPod(api, {
    name: 'web-6d4cf56db6-b',
    node: 'node-2',
    address: '10.1.0.6',
  })
  uids = [first.metadata.uid, second.metadata.uid]
  await createService(api, 'cart', '10.96.0.7', [
    ['10.1.0.5', first.metadata.uid],
    ['10.1.0.6', second.metadata.uid],
  ])
})

afterAll(() => api?.[Symbol.asyncDispose]())

function follow(more: Partial<KubernetesSettings> = {}) {
  const { settings, lines } = recordedSettings('nettracer')
  const health = new HealthBook()
  const kubernetes = new Kubernetes({
    api: () => ({ server: api.url, ca: api.ca, token }),
    kubeletIntervalMs: 1000,
    nodeName: 'node-1',
    extraction,
    hasPeers: true,
    waitMs: 60_000,
    userAgent: 'otel-nettracer/test',
    logger: settings.telemetry.logger,
    health: health.of('nettracer'),
    spreadMs: 0,
    ...more,
  })
  onTestFinished(() => kubernetes.stop())
  const countsOf = (name: string) =>
    kubernetes.stats().find(({ resource }) => resource === name) ?? kubernetes.stats()[0]
  const peerAt = (address: string, port = 80) => kubernetes.peers?.peerAt(address, port, 'tcp')
  return { kubernetes, health, lines, countsOf, peerAt }
}

type Followed = ReturnType<typeof follow>

/** Until it follows everything: what is changed from then on comes as an event. */
const isFollowing = ({ kubernetes }: Followed) =>
  expect
    .poll(() => kubernetes.stats().map(({ watches }) => watches > 0), patient)
    .toEqual([true, true, true, true, true])

describe.runIf(hasKubernetes())('with a real kube-apiserver', () => {
  test('the pods of the node are known at the start, with all that the server knows', async () => {
    const { kubernetes, health } = follow()
    await kubernetes.start()
    const found = kubernetes.pods.find(containerId('a'), undefined)
    expect(found).toMatchObject({ uid: uids[0], ownerName: 'web', containerName: 'main' })
    const system = JSON.parse((await api.ask('GET', '/api/v1/namespaces/kube-system')).text)
    expect(found?.attributes).toEqual({
      'k8s.namespace.name': 'shop',
      'k8s.pod.name': 'web-6d4cf56db6-a',
      'k8s.pod.uid': uids[0],
      'k8s.container.name': 'main',
      'k8s.node.name': 'node-1',
      'k8s.deployment.name': 'web',
      'k8s.cluster.uid': system.metadata.uid,
      'container.image.name': 'registry:5000/shop/web',
      'container.image.tags': ['1.2'],
    })
    expect([...(found?.resourceAnnotations ?? [])]).toEqual([
      ['deployment.environment.name', 'prod'],
    ])
    expect(kubernetes.pods.find(undefined, uids[1])).toBeUndefined()
    expect(health.problems()).toEqual([])
  })

  test('service, pod and node of the cluster are found by their addresses', async () => {
    const { kubernetes, peerAt } = follow()
    await kubernetes.start()
    await expect.poll(() => peerAt('10.96.0.7')?.serviceName, patient).toBe('web')
    await expect.poll(() => peerAt('10.1.0.6')?.attributes['node.name'], patient).toBe('node-2')
    await expect
      .poll(() => peerAt('192.168.0.1')?.attributes, patient)
      .toEqual({ 'node.name': 'node-1' })
  })

  test('pods that come, change, end and go are followed', async () => {
    const followed = follow()
    const { kubernetes, peerAt } = followed
    await kubernetes.start()
    await isFollowing(followed)
    const name = 'job-1'
    const pod = { name, address: '10.1.0.9', deployment: 'job' }
    const { metadata } = await createPod(api, pod)
    await expect.poll(() => peerAt('10.1.0.9')?.serviceName, patient).toBe('job')
    await setPodStatus(api, { name, containerId: `cri-o://${containerId('d')}` })
    await expect
      .poll(() => kubernetes.pods.find(containerId('d'), undefined)?.uid, patient)
      .toBe(metadata.uid)
    await setPodStatus(api, pod, 'Succeeded')
    await expect.poll(() => peerAt('10.1.0.9'), patient).toBeUndefined()
    await api.write('DELETE', `${pods}/${name}?gracePeriodSeconds=0`)
    expect(kubernetes.pods.find(undefined, metadata.uid)?.name).toBe(name)
  })

  test('a restart of the server is not noticed but for a gap, and costs a list each at most', async () => {
    const followed = follow()
    const { kubernetes, health, peerAt } = followed
    await kubernetes.start()
    await isFollowing(followed)
    const before = kubernetes.stats().map(({ lists }) => lists)
    await api.stopApi()
    // Pods of the node and of the cluster are one resource.
    await expect.poll(() => health.problems().length, patient).toBe(4)
    expect(kubernetes.pods.find(containerId('a'), undefined)?.uid).toBe(uids[0])
    expect(peerAt('10.96.0.7')?.serviceName).toBe('web')

    await api.startApi()
    await createPod(api, { name: 'after-1', address: '10.1.0.10', deployment: 'after' })
    await expect.poll(() => peerAt('10.1.0.10')?.serviceName, patient).toBe('after')
    await expect.poll(() => health.problems(), patient).toEqual([])
    const more = kubernetes.stats().map(({ lists }, at) => lists - (before[at] ?? 0))
    expect(Math.max(...more)).toBeLessThanOrEqual(1)
  })

  test('states that the server forgot while it was away are listed anew, once', async () => {
    const followed = follow()
    const { kubernetes, countsOf, peerAt } = followed
    await kubernetes.start()
    await isFollowing(followed)
    const before = countsOf('pods')?.lists ?? 0
    await api.stopApi()
    await api.startApi()
    // The server that starts knows states from its start on; what was before is forgotten for good.
    await createPod(api, { name: 'forgot-1', address: '10.1.0.11', deployment: 'forgot' })
    await api.compact()
    await expect.poll(() => peerAt('10.1.0.11')?.serviceName, patient).toBe('forgot')
    expect((countsOf('pods')?.lists ?? 0) - before).toBeLessThanOrEqual(1)
  })

  test('an agent that starts while the server is away begins at once, and knows later', async () => {
    await api.stopApi()
    const { kubernetes } = follow({ waitMs: 0 })
    await kubernetes.start()
    expect(kubernetes.pods.find(containerId('a'), undefined)).toBeUndefined()
    await api.startApi()
    await expect
      .poll(() => kubernetes.pods.find(containerId('a'), undefined)?.uid, patient)
      .toBe(uids[0])
  })

  test('each right of the example is needed, and all together are enough', async () => {
    const { text } = await api.ask('GET', role)
    const { rules } = JSON.parse(text) as { rules: { resources: string[]; verbs: string[] }[] }
    const rights = rules.flatMap(({ resources, verbs }, rule) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ rule, resource, verb }))),
    )
    expect(rights).toHaveLength(9)
    const missed = new Map<string, unknown>()
    for (const { rule, resource, verb } of rights) {
      const fewer = rules.flatMap((one, at) => {
        if (at !== rule) return [one]
        const rest = one.resources.filter((each) => each !== resource)
        const verbs = one.verbs.filter((each) => each !== verb)
        return [
          ...(rest.length > 0 ? [{ ...one, resources: rest }] : []),
          ...(verbs.length > 0 ? [{ ...one, resources: [resource], verbs }] : []),
        ]
      })
      await api.write('PATCH', role, { rules: fewer })
      missed.set(`${verb} ${resource}`, await forbidden())
    }
    await api.write('PATCH', role, { rules })
    const needed = rights.map(({ resource, verb }) => [`${verb} ${resource}`, true])
    expect(Object.fromEntries(missed)).toEqual(Object.fromEntries(needed))

    const followed = follow()
    await followed.kubernetes.start()
    await isFollowing(followed)
    expect(followed.lines).toEqual([])
  })

  test('a server that has room for one request at a time answers 429 to others, and all know all in the end', async () => {
    await makeNarrow()
    const before = await refusals()
    const agents = Array.from({ length: 10 }, () => follow())
    await Promise.all(agents.map(({ kubernetes }) => kubernetes.start()))
    await Promise.all(agents.map(isFollowing))
    expect(await refusals()).toBeGreaterThan(before)
    for (const { kubernetes, health } of agents) {
      expect(kubernetes.pods.find(containerId('a'), undefined)?.uid).toBe(uids[0])
      expect(health.problems()).toEqual([])
    }
    await api.write('DELETE', `${flowControl}/flowschemas/narrow`)
  })

  test('a hundred watches that the server ends in time go on with no list', async () => {
    const agents = Array.from({ length: 10 }, () => follow({ watchSeconds: () => 2 }))
    await Promise.all(agents.map(({ kubernetes }) => kubernetes.start()))
    await Promise.all(agents.map(isFollowing))
    const sum = (count: 'lists' | 'watches') =>
      agents
        .flatMap(({ kubernetes }) => kubernetes.stats())
        .reduce((all, one) => all + one[count], 0)
    const [lists, watches] = [sum('lists'), sum('watches')]
    await expect.poll(() => sum('watches'), patient).toBeGreaterThanOrEqual(watches + 100)
    await createPod(api, { name: 'late-1', address: '10.1.0.12', deployment: 'late' })
    for (const { peerAt } of agents) {
      await expect.poll(() => peerAt('10.1.0.12')?.serviceName, patient).toBe('late')
    }
    expect(sum('lists')).toBe(lists)
  })

  test('a token that is exchanged is used from the next request on', async () => {
    let current = 'not a token'
    const { kubernetes, health } = follow({
      api: () => ({ server: api.url, ca: api.ca, token: current }),
      waitMs: 0,
    })
    await kubernetes.start()
    await expect.poll(() => health.problems()[0]?.reason, patient).toContain('401')
    current = await requestToken(api)
    await expect.poll(() => health.problems(), patient).toEqual([])
    await expect.poll(() => kubernetes.stats()[0]?.objects, patient).toBeGreaterThan(0)
  })

  test('another certificate than the authority’s is refused', async () => {
    const { health, kubernetes } = follow({
      api: () => ({ server: api.url, token }),
      waitMs: 0,
    })
    await kubernetes.start()
    await expect.poll(() => health.problems()[0]?.reason, patient).toMatch(/certificate/)
    expect(kubernetes.stats().every(({ objects }) => objects === 0)).toBe(true)
  })
})

const flowControl = '/apis/flowcontrol.apiserver.k8s.io/v1'

/** From now on the server serves one request of all agents at a time (API Priority and Fairness), and refuses others. */
async function makeNarrow(): Promise<void> {
  const limited = {
    nominalConcurrencyShares: 0,
    borrowingLimitPercent: 0,
    limitResponse: { type: 'Reject' },
  }
  await api.create(`${flowControl}/prioritylevelconfigurations`, {
    metadata: { name: 'narrow' },
    spec: { type: 'Limited', limited },
  })
  const account = { namespace: 'otel-nettracer', name: 'otel-nettracer' }
  const all = ['*']
  await api.create(`${flowControl}/flowschemas`, {
    metadata: { name: 'narrow' },
    spec: {
      matchingPrecedence: 2,
      priorityLevelConfiguration: { name: 'narrow' },
      rules: [
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: account }],
          resourceRules: [
            { verbs: all, apiGroups: all, resources: all, namespaces: all, clusterScope: true },
          ],
        },
      ],
    },
  })
  const areMany = async () => {
    await Promise.all(Array.from({ length: 10 }, () => api.ask('GET', pods, undefined, token)))
    return (await refusals()) > 0
  }
  await expect.poll(areMany, patient).toBe(true)
}

/** Answers 429, by the server's own count. */
async function refusals(): Promise<number> {
  const { text } = await api.ask('GET', '/metrics')
  return text
    .split('\n')
    .filter((line) => line.startsWith('apiserver_request_total{code="429"'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** Whether an agent is refused something in its first 20 s. */
async function forbidden(): Promise<boolean> {
  const { kubernetes, lines } = follow({ waitMs: 0 })
  await kubernetes.start()
  const isRefused = () => lines.some(({ fields }) => String(fields['reason']).includes('403'))
  for (let attempt = 0; attempt < 200 && !isRefused(); attempt += 1) await sleep(100)
  await kubernetes.stop()
  return isRefused()
}
