import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type AgentSettings } from './agent.ts'
import { Backends } from './backends.ts'
import { median } from './measurement.ts'
import { hostNetwork, Namespace, type Network } from './namespace.ts'
import { readHealth } from './readings.ts'
import { churn, stream } from './traffic.ts'

/** Code is compiled and caches are filled meanwhile; not judged. */
const warmUpShare = 0.25
const pauseMs = 500

export interface LongRun {
  readonly namespaces: number
  readonly connections: number
  /** Medians in MiB of the thirds of the time after the warm-up. */
  readonly rssThirds: readonly number[]
  readonly rssMost: number
  /** Readings of how many series there were, after the warm-up. */
  readonly series: readonly number[]
  /** Points that the Collector was given. */
  readonly points: number
  /** Each reading of `nettracer.coverage` after the warm-up, by counter. */
  readonly coverage: ReadonlyMap<string, readonly number[]>
  /** Last reading of the agent's own counters of what was lost. */
  readonly losses: ReadonlyMap<string, number>
}

/** Watches namespaces and processes come and go, with traffic in the host's namespace as well. */
export async function runLong(seconds: number, settings: AgentSettings = {}): Promise<LongRun> {
  const end = performance.now() + seconds * 1000
  await using backends = await Backends.start()
  await using agent = await Agent.start({ exporters: backends.exporters, ...settings })
  await using peers = await Peers.listen()
  const rss: number[] = []
  const sampler = setInterval(() => rss.push(agent.rssMib()), 1000)
  let namespaces = 0
  let connections = 0
  try {
    while (performance.now() < end) {
      connections += await oneRound(peers)
      namespaces += 1
      await sleep(pauseMs)
    }
  } finally {
    clearInterval(sampler)
  }
  await agent.stop()
  const { coverage, series, losses } = await readHealth(agent.lines())
  return {
    namespaces,
    connections,
    rssThirds: thirdsOf(afterWarmUp(rss)).map(median),
    rssMost: Math.max(...rss),
    series: afterWarmUp(series),
    points: backends.points,
    coverage: new Map([...coverage].map(([counter, ratios]) => [counter, afterWarmUp(ratios)])),
    losses,
  }
}

function thirdsOf(values: readonly number[]): readonly (readonly number[])[] {
  const third = values.length / 3
  return [0, 1, 2].map((at) => values.slice(Math.floor(at * third), Math.floor((at + 1) * third)))
}

function afterWarmUp(values: readonly number[]): readonly number[] {
  return values.slice(Math.floor(values.length * warmUpShare))
}

/** Some processes in a namespace of their own, some in the host's. @returns connections made */
async function oneRound(peers: Peers): Promise<number> {
  using namespace = new Namespace()
  const made = [await bout(namespace, 300), await bout(hostNetwork, 100)]
  await peers.refuseAndAbort(20)
  return made.reduce((sum, count) => sum + count, 0) + 40
}

async function bout(network: Network, count: number): Promise<number> {
  await churn(network, { count, rate: 500, inFlight: 16 })
  // Each of these is two processes that live some milliseconds.
  for (let process = 0; process < 5; process += 1) await churn(network, { count: 4, inFlight: 4 })
  await stream(network, 20_000_000)
  return count + 21
}

/** A listener that reads what it gets, and a port without one: each a series, so the same ones all the time. */
class Peers implements AsyncDisposable {
  readonly #server = createServer((socket) => socket.on('error', () => {}).resume())
  #open = 0
  #closed = 0

  static async listen(): Promise<Peers> {
    const peers = new Peers()
    peers.#open = await listen(peers.#server)
    const other = createServer()
    peers.#closed = await listen(other)
    other.close()
    return peers
  }

  /** As many connections that are aborted as attempts that are refused. */
  async refuseAndAbort(count: number): Promise<void> {
    for (let attempt = 0; attempt < count; attempt += 1) {
      const socket = connect(this.#open, '127.0.0.1')
      await once(socket, 'connect')
      socket.write('unread')
      await sleep(1)
      socket.resetAndDestroy()
      await once(connect(this.#closed, '127.0.0.1'), 'error')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
