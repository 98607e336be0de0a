// kubernetes-agent.ts URL CA_FILE AGENTS: follows a cluster as so many agents do, and tells of memory, CPU and time by messages.
import { readFileSync } from 'node:fs'
import { Kubernetes } from '../src/identity/kubernetes/index.ts'

const [url = '', caFile = '', agents = '1'] = process.argv.slice(2)
const ca = readFileSync(caFile, 'utf8')
const quiet = { debug() {}, info() {}, warn() {}, error() {}, limited() {} }

function follow(at: number): Kubernetes {
  return new Kubernetes({
    api: () => ({ server: url, ca, token: 'secret' }),
    kubeletIntervalMs: 10_000,
    nodeName: `node-${at}`,
    extraction: {
      metadata: new Set(['k8s.pod.name', 'k8s.namespace.name', 'k8s.deployment.name']),
      labels: [],
      annotations: [],
      otelAnnotations: true,
      serviceLabels: false,
    },
    hasPeers: true,
    waitMs: 60_000,
    userAgent: 'otel-nettracer/bench',
    logger: quiet,
    health: { failing() {}, working() {} },
  })
}

globalThis.gc?.()
const rssBefore = process.memoryUsage.rss()
const cpuBefore = process.cpuUsage()
const start = performance.now()
const followers = Array.from({ length: Number(agents) }, (_, at) => follow(at))
await Promise.all(followers.map((one) => one.start()))
const podsMs = performance.now() - start
const isComplete = (one: Kubernetes) => one.stats().every(({ watches }) => watches > 0)
while (!followers.every(isComplete)) await new Promise((resolve) => setTimeout(resolve, 20))
const { user, system } = process.cpuUsage(cpuBefore)
const peakRss = process.resourceUsage().maxRSS * 1024
const complete = { podsMs, allMs: performance.now() - start, cpuMs: (user + system) / 1e3 }
const [first] = followers
const named = first?.peers?.peerAt('10.96.0.7', 80, 'tcp')?.serviceName
process.send?.({ ...complete, rssBefore, peakRss, named, objects: first?.stats() })
process.on('message', (asked: { readonly what: string }) => {
  if (asked.what === 'rss') {
    globalThis.gc?.()
    process.send?.({ rss: process.memoryUsage.rss(), rssBefore })
  } else process.exit(0)
})
process.once('disconnect', () => process.exit(0))
