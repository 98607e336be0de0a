// kubernetes-agent.ts URL CA_FILE TOKEN AGENTS: follows a cluster as so many agents do, with the agent's own settings of memory, and
// tells of memory, CPU, time and its longest turn by messages.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { Kubernetes } from '../src/identity/kubernetes/index.ts'
import { serviceAddress } from './kubernetes-objects.ts'
import { longestTurn } from './longest-turn.ts'

/** What is known, and what it cost. */
export interface Complete {
  readonly podsMs: number
  readonly allMs: number
  readonly cpuMs: number
  readonly rssBefore: number
  readonly peakRss: number
  /** What a service is called. */
  readonly named: string | undefined
}

setFlagsFromString('--heap-growing-percent=20')
setFlagsFromString('--memory-saver-mode')

const [url = '', caFile = '', token = '', agents = '1'] = process.argv.slice(2)
const ca = readFileSync(caFile, 'utf8')
const quiet = { debug() {}, info() {}, warn() {}, error() {}, limited() {} }

function follow(at: number): Kubernetes {
  return new Kubernetes({
    api: () => ({ server: url, ca, token }),
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

const isComplete = (one: Kubernetes) => one.stats().every(({ watches }) => watches > 0)

async function complete(followers: readonly Kubernetes[]): Promise<void> {
  while (!followers.every(isComplete)) await sleep(20)
}

async function begin(followers: readonly Kubernetes[]): Promise<Complete> {
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  await Promise.all(followers.map((one) => one.start()))
  const podsMs = performance.now() - start
  await complete(followers)
  const { user, system } = process.cpuUsage(cpuBefore)
  return {
    podsMs,
    allMs: performance.now() - start,
    cpuMs: (user + system) / 1e3,
    rssBefore,
    peakRss: process.resourceUsage().maxRSS * 1024,
    named: followers[0]?.peers?.peerAt(serviceAddress(7), 80, 'tcp')?.serviceName,
  }
}

/** One more, watched closely, which takes CPU itself. @returns ms */
async function watchTurns(): Promise<number> {
  const one = follow(0)
  const longest = await longestTurn(async () => {
    await one.start()
    await complete([one])
  })
  await one.stop()
  return longest
}

globalThis.gc?.()
const rssBefore = process.memoryUsage.rss()
process.send?.(await begin(Array.from({ length: Number(agents) }, (_, at) => follow(at))))
process.on('message', ({ what }: { readonly what: string }) => {
  if (what === 'rss') {
    globalThis.gc?.()
    process.send?.({ rss: process.memoryUsage.rss() })
  } else if (what === 'turns') {
    void watchTurns().then((longestMs) => process.send?.({ longestMs }))
  } else process.exit(0)
})
process.once('disconnect', () => process.exit(0))
