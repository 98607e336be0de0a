import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { startProgram } from '../agent-traffic.ts'
import { startDocker } from '../docker.ts'
import { serve } from '../edges.ts'
import type { Engine } from '../engine.ts'
import { cable, createNamespace, execIn, type Namespace, setSysctl } from '../netns.ts'
import type { ApiObject, ClusterWriter } from './cluster.ts'
import { addresses, type Declared, image, tellRunning } from './objects.ts'

/** The directory of a pod's containers below a hierarchy of control groups. */
type Parent = (uid: string) => string

/** As a kubelet names them with cgroupfs, and with systemd. */
const parents = {
  cgroupfs: (uid: string) => `/kubepods/besteffort/pod${uid}`,
  systemd: (uid: string) =>
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uid.replaceAll('-', '_')}.slice`,
} satisfies Record<string, Parent>

export type ContainerName = 'web' | 'cart' | 'side' | 'agent'

/** The node: its pods, and what they do once they are let. */
export interface PodNode {
  readonly containers: Readonly<Record<ContainerName, string>>
  /** The clients begin. */
  go(): void
}

/** What each client sends and gets back, and how often. */
export const traffic = {
  cart: { calls: 3, bytes: 1234 },
  /** One that stays open. */
  cartHeld: { calls: 1, bytes: 4321 },
  side: { calls: 2, bytes: 555 },
  agent: { calls: 2, bytes: 333 },
  stock: { calls: 3, bytes: 777 },
  cartFromNode: { calls: 2, bytes: 222 },
} as const

const echo = (port: number) => ['nc', '-ll', '-p', String(port), '-e', '/bin/busybox', 'cat']

/** A shell's lines: so many connections, one after the other. */
const call = (address: string, port: number, { calls, bytes }: { calls: number; bytes: number }) =>
  `i=0; while [ $i -lt ${calls} ]; do printf '%0${bytes}d' 1 | nc ${address} ${port} > /dev/null; i=$((i+1)); done`

const untilLet = 'until [ -e /gate/go ]; do sleep 0.1; done'
const forever = 'sleep 600'

const webScript = [
  untilLet,
  call(addresses.cartService, 80, traffic.cart),
  call(addresses.cart, 9090, traffic.side),
  call(addresses.node, 9100, traffic.agent),
  call(addresses.stockService, 80, traffic.stock),
  `(printf '%0${traffic.cartHeld.bytes}d' 1; ${forever}) | nc ${addresses.cartService} 80 > /dev/null`,
].join('; ')

const agentScript = [
  `${echo(9100).join(' ')} &`,
  `${untilLet}; ${call(addresses.cartService, 80, traffic.cartFromNode)}; ${forever}`,
].join(' ')

/** As kube-proxy does it with nftables: for what comes from pods, and from the node itself. */
const serviceRules = ['prerouting', 'output'].flatMap((hook) => [
  `add chain ip kube-proxy ${hook} { type nat hook ${hook} priority -100; }`,
  `add rule ip kube-proxy ${hook} ip daddr ${addresses.cartService} tcp dport 80 dnat to ${addresses.cart}:8080`,
  `add rule ip kube-proxy ${hook} ip daddr ${addresses.stockService} tcp dport 80 dnat to ${addresses.stock}:8080`,
])

/** A network namespace of a container, under a name. */
async function namespaceOf(engine: Engine, container: string): Promise<Namespace> {
  const { State } = await engine.inspect(container)
  const name = `nettracer-pod-${container.slice(0, 12)}`
  execFileSync('ip', ['netns', 'attach', name, String(State.Pid)])
  onTestFinished(() => void execFileSync('ip', ['netns', 'delete', name]))
  return { name, inode: 0 }
}

/** The container that holds a pod's network, wired to its node as a CNI plugin would. */
async function sandbox(engine: Engine, parent: string, node: Namespace, prefix: string) {
  const id = await engine.run({
    command: ['/bin/sleep', '600'],
    network: 'none',
    cgroupParent: parent,
  })
  const namespace = await namespaceOf(engine, id)
  await cable(node, namespace, prefix)
  await execIn(namespace, 'ip', 'route', 'add', 'default', 'via', `${prefix}.1`)
  return id
}

/** The other node, with a pod whose process only the API knows. */
async function startOtherNode(node: Namespace): Promise<void> {
  const other = await createNamespace()
  await cable(node, other, '192.168.7')
  await execIn(node, 'ip', 'route', 'add', 'default', 'via', addresses.otherNode)
  await execIn(other, 'ip', 'route', 'add', 'default', 'via', addresses.node)
  await execIn(other, 'ip', 'addr', 'add', `${addresses.stock}/32`, 'dev', 'lo')
  const server = startProgram({ through: ['ip', 'netns', 'exec', other.name] })
  await server.run(`l = listen('${addresses.stock}', 8080)`)
  await serve(server, traffic.stock.calls, traffic.stock.bytes)
}

async function startServices(node: Namespace): Promise<void> {
  await setSysctl(node, 'net.ipv4.ip_forward', '1')
  await execIn(node, 'nft', ['add table ip kube-proxy', ...serviceRules].join('; '))
}

/**
 * Makes the pods of a shop real, on a node that is a network namespace: containers of Docker in control groups as a kubelet
 * names them, and the kernel's own translation of the services' addresses. It ends with the test.
 */
export async function startNode({ pods }: Declared): Promise<PodNode> {
  const docker = await startDocker({ bridge: 'none' })
  onTestFinished(() => docker[Symbol.asyncDispose]())
  await docker.importImage(image)
  const node = { name: docker.namespace, inode: 0 }
  await startServices(node)
  const gate = join(docker.folder, 'gate')
  mkdirSync(gate)
  const binds = [`${gate}:/gate:ro`]
  const parent = {
    web: parents.cgroupfs(pods.web.metadata.uid),
    cart: parents.systemd(pods.cart.metadata.uid),
    agent: parents.cgroupfs(pods.agent.metadata.uid),
  }
  const [webNetwork, cartNetwork] = await Promise.all([
    sandbox(docker, parent.web, node, '10.1.1'),
    sandbox(docker, parent.cart, node, '10.1.2'),
    startOtherNode(node),
  ])
  const inCart = { network: `container:${cartNetwork}`, cgroupParent: parent.cart }
  const [web, cart, side, agent] = await Promise.all([
    docker.run({
      command: ['/bin/sh', '-c', webScript],
      network: `container:${webNetwork}`,
      cgroupParent: parent.web,
      env: { OTEL_SERVICE_NAME: 'storefront' },
      binds,
    }),
    docker.run({ command: ['/bin/busybox', ...echo(8080)], ...inCart }),
    docker.run({ command: ['/bin/busybox', ...echo(9090)], ...inCart }),
    docker.run({ command: ['/bin/sh', '-c', agentScript], cgroupParent: parent.agent, binds }),
  ])
  const containers = { web, cart, side, agent }
  return {
    containers,
    go: () => writeFileSync(join(gate, 'go'), ''),
  }
}

/** What the kubelets of both nodes tell of these pods. */
export async function tellPods(
  writer: ClusterWriter,
  { pods }: Declared,
  { containers }: PodNode,
): Promise<void> {
  const { web, cart, side, agent } = containers
  const running = (pod: ApiObject, address: string, ids: Record<string, string>) =>
    tellRunning(writer, pod, address, ids)
  await running(pods.web, addresses.web, { main: web })
  await running(pods.cart, addresses.cart, { main: cart, side })
  await running(pods.agent, addresses.node, { main: agent })
  const elsewhere = { main: 'e'.repeat(64) }
  await tellRunning(writer, pods.stock, addresses.stock, elsewhere, addresses.otherNode)
}
