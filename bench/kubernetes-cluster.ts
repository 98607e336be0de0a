import { KubernetesServer } from '../test/support/kubernetes-server.ts'
import { type ClusterSize, kinds, nodeOf, podOf, serviceOf, sliceOf } from './kubernetes-objects.ts'

/** What kubectl, controllers and kubelets leave in an object: most of what a list weighs. */
function managedFields(manager: string): object[] {
  const paths = Array.from({ length: 40 }, (_, at) => [`f:field${at}`, { '.': {}, 'f:inner': {} }])
  const fieldsV1 = { 'f:metadata': Object.fromEntries(paths) }
  return [{ manager, operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1 }]
}

function uid(kind: number, index: number): string {
  return `00000000-0000-${String(kind).padStart(4, '0')}-0000-${String(index).padStart(12, '0')}`
}

interface Named {
  readonly metadata: { readonly name: string }
}

/** As the server keeps it. */
function kept<Kind extends Named>(object: Kind, id: string, manager: string) {
  const metadata = { ...object.metadata, uid: id, managedFields: managedFields(manager) }
  return { ...object, metadata }
}

/** A server with a cluster as large as asked, whose objects weigh what real ones do. */
export async function startCluster(pods: number, services: number, nodes: number) {
  const size: ClusterSize = { pods, services, nodes }
  const server = await KubernetesServer.start()
  server.put(kinds.namespaces, { metadata: { uid: uid(0, 0), name: 'kube-system' } })
  for (let at = 0; at < pods; at += 1) {
    server.put(kinds.pods, kept(podOf(at, size, uid(9, 1)), uid(1, at), 'kubelet'))
  }
  for (let at = 0; at < services; at += 1) {
    server.put(kinds.services, kept(serviceOf(at), uid(2, at), 'kubectl'))
    const slice = sliceOf(at, size, (pod) => uid(1, pod))
    server.put(kinds.slices, kept(slice, uid(3, at), 'endpointslice-controller'))
  }
  for (let at = 0; at < nodes; at += 1) {
    server.put(kinds.nodes, kept(nodeOf(at), uid(4, at), 'kubelet'))
  }
  return server
}

// As a process of its own, so that its memory is not the agent's: tells its address and authority, and does as it is told.
if (import.meta.main) {
  const [pods = 10_000, services = 2_000, nodes = 500] = process.argv.slice(2).map(Number)
  const server = await startCluster(pods, services, nodes)
  const told = (message: unknown) => {
    const asked = message as { readonly what: string }
    if (asked.what === 'restart') void restart(server)
    else if (asked.what === 'expire') expire(server)
    else process.send?.(countsOf(server))
  }
  process.on('message', told)
  process.once('disconnect', () => process.exit(0))
  process.send?.({ url: server.url, ca: server.authority.ca.toString() })
}

function countsOf(server: KubernetesServer) {
  const watches = server.asked.filter(({ isWatch }) => isWatch).length
  return { lists: server.asked.length - watches, watches, watching: server.watching }
}

/** Five seconds away, and all states before are forgotten, as after a real restart. */
async function restart(server: KubernetesServer): Promise<void> {
  await server.halt()
  server.forget()
  setTimeout(() => void server.listen(), 5_000)
}

function expire(server: KubernetesServer): void {
  server.forget()
  server.endWatches('expired')
}
