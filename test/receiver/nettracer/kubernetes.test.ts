import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createKubernetes, isKubernetesWanted } from '../../../src/receiver/nettracer/kubernetes.ts'
import {
  type KubernetesConfig,
  kubernetesConfig,
} from '../../../src/receiver/nettracer/kubernetes-config.ts'
import {
  containerId,
  containerStatus,
  podObject,
} from '../../identity/support/kubernetes-objects.ts'
import { KubernetesServer } from '../../support/kubernetes-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

let server: KubernetesServer
let folder = ''

beforeEach(async () => {
  server = await KubernetesServer.start()
  server.put('/api/v1/namespaces', { metadata: { uid: 'cluster', name: 'kube-system' } })
  folder = mkdtempSync(join(tmpdir(), 'nettracer-kubeconfig-'))
})

afterEach(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server.stop()
})

const read = (text: object): KubernetesConfig => kubernetesConfig.parse(text)

/** @returns the nodes whose pods were asked for */
async function nodesAsked(filter: object, environment: Record<string, string>) {
  await using kubernetes = start({ filter }, environment)
  await kubernetes.start()
  const asked = server.asked.filter(({ path }) => path === '/api/v1/pods')
  return [...new Set(asked.map(({ query }) => query.get('fieldSelector')))]
}

function start(config: object, environment: Record<string, string> = {}) {
  const path = join(folder, 'config')
  const cluster = { server: server.url, 'certificate-authority': server.authority.caFile }
  writeFileSync(
    path,
    JSON.stringify({
      'current-context': 'a',
      contexts: [{ name: 'a', context: { cluster: 'b', user: 'c' } }],
      clusters: [{ name: 'b', cluster }],
      users: [{ name: 'c', user: { token: 'secret' } }],
    }),
  )
  const own = { auth_type: 'kubeConfig', kubeconfig: path, peers: false, wait_for_metadata: true }
  const { settings } = recordedSettings('nettracer')
  const kubernetes = createKubernetes(settings, read({ ...own, ...config }), false, environment)
  return Object.assign(kubernetes, { [Symbol.asyncDispose]: () => kubernetes.stop() })
}

test.each([
  ['named', { node: 'a' }, { K8S_NODE_NAME: 'b' }, 'a'],
  ['of a variable', { node_from_env_var: 'MINE' }, { MINE: 'c', K8S_NODE_NAME: 'b' }, 'c'],
  ['of the usual variable', {}, { K8S_NODE_NAME: 'b', KUBE_NODE_NAME: 'd' }, 'b'],
  ['of the other usual variable', { node: '' }, { KUBE_NODE_NAME: 'd' }, 'd'],
  ['the host', {}, {}, hostname()],
])('the node is the one %s', async (_, filter, environment, node) => {
  expect(await nodesAsked(filter, environment)).toEqual([`spec.nodeName=${node}`])
})

test('what is to be extracted is, and the kubeconfig’s user asks', async () => {
  const containers = [containerStatus('main', containerId('a'))]
  const labels = { 'app.kubernetes.io/part-of': 'store' }
  server.put('/api/v1/pods', podObject({ uid: 'u1', containers, labels }))
  const extract = {
    metadata: ['k8s.pod.name', 'k8s.pod.ip'],
    labels: [{ tag_name: '$1', key_regex: 'app\\.kubernetes\\.io/(.*)' }],
  }
  await using kubernetes = start({ extract, filter: { node: 'node-1' } })
  await kubernetes.start()
  expect(kubernetes.pods.find(containerId('a'), undefined)?.attributes).toEqual({
    'k8s.pod.name': 'web-6d4cf56db6-u1',
    'k8s.pod.ip': '10.1.0.5',
    'part-of': 'store',
  })
  expect(server.asked.map(({ authorization }) => authorization)).toContain('Bearer secret')
})

test('the kubelet is asked at its endpoint, with the same token', async () => {
  server.put('/pods', podObject({ uid: 'u1' }))
  const kubelet = { pods_from: 'kubelet', kubelet_endpoint: `127.0.0.1:${server.port}` }
  await using kubernetes = start(kubelet)
  await kubernetes.start()
  expect(kubernetes.pods.find(undefined, 'u1')?.uid).toBe('u1')
  const asked = server.asked.filter(({ path }) => path === '/pods')
  expect(asked[0]?.authorization).toBe('Bearer secret')
})

test('Kubernetes is asked where it is there, or where it is wanted', () => {
  const wanted = ['auto', true, 'true', false, 'false'].map((enabled) =>
    isKubernetesWanted(read({ enabled }), {}),
  )
  expect(wanted).toEqual([false, true, true, false, false])
})

test.each([
  [{ auth_type: 'tls' }, 'must be serviceAccount or kubeConfig'],
  [{ extract: { labels: [{ key: 'a', key_regex: 'b' }] } }, 'give either key or key_regex'],
  [{ extract: { labels: [{}] } }, 'give either key or key_regex'],
  [{ extract: { labels: [{ key_regex: '(' }] } }, 'not a regular expression'],
  [{ extract: { labels: [{ key: 'a', from: 'node' }] } }, 'must be pod'],
  [{ passthrough: true }, 'not supported here'],
  [{ kubelet_interval: '1ms' }, 'must be 1s or more'],
])('%j is an error that says why', (config, message) => {
  const { error } = kubernetesConfig.safeParse(config)
  expect(error?.issues[0]?.message).toContain(message)
})
