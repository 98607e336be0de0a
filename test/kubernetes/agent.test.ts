import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../support/agent.ts'
import { enginesAreThere } from '../support/engine-room.ts'
import { hasKubernetes, KubernetesApi } from '../support/kubernetes-api.ts'
import { startPodAgent } from '../support/pods/agent.ts'
import type { ApiObject } from '../support/pods/cluster.ts'
import { startNode, tellPods } from '../support/pods/node.ts'
import type { Declared } from '../support/pods/objects.ts'
import { readRecording } from '../support/pods/recorded-cluster.ts'
import { expectedOfShop, shopObjects, toldOfShop } from '../support/pods/shop.ts'
import { grantRights } from './support/cluster.ts'
import { recordShop } from './support/record-shop.ts'

let api: KubernetesApi
let token = ''
let declared: Declared
let recording: Record<string, ApiObject> = {}

const canRun = hasKubernetes() && enginesAreThere()

beforeAll(async () => {
  if (!canRun) return
  api = await KubernetesApi.start()
  token = await grantRights(api)
  ;({ declared, recording } = await recordShop(api))
})

afterAll(() => api?.[Symbol.asyncDispose]())

const access = () => ({ url: api.url, ca: api.ca, token })

/** Without what differs from run to run. */
function shapeOf(objects: Record<string, ApiObject>): unknown {
  const isChanging = new Set(['uid', 'resourceVersion', 'creationTimestamp', 'managedFields'])
  return JSON.parse(
    JSON.stringify(objects, (key, value: unknown) => (isChanging.has(key) ? '' : value)),
  )
}

describe.runIf(canRun)('pods made real by containers, with a real kube-apiserver', () => {
  test('the recording that each run of the tests plays is what the server answers', () => {
    expect(shapeOf(recording)).toEqual(shapeOf(readRecording()))
  })

  test('both ends have their names, what was dialled and what was reached, each byte once', async () => {
    const node = await startNode(declared)
    await tellPods(api, declared, node)
    const pods = await startPodAgent(access())
    await pods.knows(shopObjects)
    expect(await toldOfShop(declared, node, pods)).toEqual(expectedOfShop(declared))
  })

  test('an agent that starts while the server is away, and one whose server restarts, tell the same', async () => {
    const node = await startNode(declared)
    await tellPods(api, declared, node)
    const running = await startPodAgent(access())
    await running.knows(shopObjects)
    await api.stopApi()
    const early = await startPodAgent(access())
    await until('both notice', () =>
      [early, running].every(({ agent }) => agent.stderr.includes('Kubernetes is not followed')),
    )
    await api.startApi()
    await early.knows(shopObjects)
    await until('the other has its watches again', () =>
      running.agent.stderr.includes('Kubernetes answers again'),
    )
    const told = [early, running].map((one) => toldOfShop(declared, node, one))
    const expected = expectedOfShop(declared)
    expect(await Promise.all(told)).toEqual([expected, expected])
  })
})
