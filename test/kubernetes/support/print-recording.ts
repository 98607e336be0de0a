// print-recording.ts: asks a real kube-apiserver what an agent asks it, and prints the answers as JSON, for
// test/identity/kubernetes/fixtures/recorded.json. npm run check:kubernetes builds the server.
import { request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { KubernetesApi } from '../../support/kubernetes-api.ts'
import { createNode, createPod, createService, grantRights, setPodStatus } from './cluster.ts'

interface Recorded {
  readonly path: string
  readonly status: number
  readonly body: string
}

/** Reads what comes within a time, as a watch has no end. */
function watchFor(api: KubernetesApi, token: string, path: string, ms: number): Promise<Recorded> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    const asked = request(`${api.url}${path}`, { headers, ca: api.ca }, (response) => {
      let body = ''
      const end = () => {
        asked.destroy()
        resolve({ path, status: response.statusCode ?? 0, body })
      }
      const timer = setTimeout(end, ms)
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('error', () => {})
      response.on('end', () => {
        clearTimeout(timer)
        end()
      })
    })
    asked.on('error', reject)
    asked.end()
  })
}

async function record(api: KubernetesApi): Promise<Recorded[]> {
  const token = await grantRights(api)
  await api.create('/api/v1/namespaces', { metadata: { name: 'shop' } })
  await createNode(api, 'node-1', '192.168.0.1')
  const containerId = `containerd://${'a'.repeat(64)}`
  const named = (name: string, address: string) => ({ name: `web-6d4cf56db6-${name}`, address })
  const first = await createPod(api, { ...named('a', '10.1.0.5'), containerId })
  const second = await createPod(api, named('b', '10.1.0.6'))
  await createService(api, 'cart', '10.96.0.7', [
    ['10.1.0.5', first.metadata.uid],
    ['10.1.0.6', second.metadata.uid],
  ])
  const recorded: Recorded[] = []
  const get = async (path: string, as = token) => {
    const { status, text: body } = await api.ask('GET', path, undefined, as)
    recorded.push({ path, status, body })
    return JSON.parse(body) as { metadata: { resourceVersion: string; continue?: string } }
  }
  await get('/api/v1/namespaces/kube-system')
  const { metadata: page } = await get('/api/v1/pods?limit=1')
  const { metadata: rest } = await get(
    `/api/v1/pods?limit=1&continue=${encodeURIComponent(page.continue ?? '')}`,
  )
  await get('/api/v1/services?limit=500')
  await get('/api/v1/nodes?limit=500')
  await get('/apis/discovery.k8s.io/v1/endpointslices?limit=500')
  // Not in the role.
  await get('/api/v1/secrets?limit=500')
  await get('/api/v1/pods?limit=500', 'nobody')

  const from = `watch=true&allowWatchBookmarks=true&resourceVersion=${rest.resourceVersion}`
  const watching = watchFor(api, token, `/api/v1/pods?${from}&timeoutSeconds=4`, 20_000)
  await sleep(500)
  await createPod(api, named('c', '10.1.0.7'))
  await setPodStatus(api, named('a', '10.1.0.8'))
  const path = '/api/v1/namespaces/shop/pods/web-6d4cf56db6-b?gracePeriodSeconds=0'
  await api.write('DELETE', path)
  recorded.push(await watching)

  await api.stopApi()
  await api.startApi()
  await setPodStatus(api, named('a', '10.1.0.9'))
  await api.compact()
  const old = '/api/v1/pods?watch=true&resourceVersion=1&timeoutSeconds=5'
  recorded.push(await watchFor(api, token, old, 10_000))
  return recorded
}

await using api = await KubernetesApi.start()
const recorded = await record(api)
console.log(JSON.stringify(recorded, null, 2))
