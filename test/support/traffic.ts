import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { commandIn, type Namespace } from './netns.ts'

const script = fileURLToPath(new URL('traffic.py', import.meta.url))

interface Waiting {
  readonly code: string
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** `struct tcp_info` as traffic.py reads it: the kernel's own numbers. */
export interface TcpInfo {
  readonly state: number
  readonly rtt: number
  readonly rttVariance: number
  readonly totalRetrans: number
  readonly bytesAcked: number
  readonly bytesReceived: number
  readonly segsOut: number
  readonly segsIn: number
  readonly minRtt: number
  readonly dataSegsOut: number
  readonly bytesSent: number
  readonly bytesRetrans: number
  readonly busyUs: number
  readonly rwndLimitedUs: number
  readonly sndbufLimitedUs: number
  readonly deliveredCe: number
  readonly dsackDups: number
  readonly reordSeen: number
  readonly rcvOooPack: number
  readonly totalRto: number
}

/** A Python process with sockets, told what to do by a test. Ends with the test. */
export class Traffic {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #next = 0

  constructor(child: ChildProcess) {
    this.#child = child
    this.pid = child.pid ?? 0
    const lines = createInterface({ input: child.stdout! })
    lines.on('line', (line) => this.#onAnswer(line))
    child.on('exit', () => this.#failAll('the traffic process ended'))
    child.stdin?.on('error', () => {})
  }

  #onAnswer(line: string): void {
    const answer = JSON.parse(line) as { id: number; value?: unknown; error?: string }
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (answer.error === undefined) waiting?.resolve(answer.value)
    else waiting?.reject(new Error(`${answer.error} in: ${waiting.code}`))
  }

  #failAll(why: string): void {
    for (const { reject, code } of this.#waiting.values()) reject(new Error(`${why}: ${code}`))
    this.#waiting.clear()
  }

  /** Runs Python lines. @returns the value of the last one, if it is an expression that JSON can carry */
  run<T = unknown>(...lines: string[]): Promise<T> {
    const code = lines.join('\n')
    const id = this.#next++
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { code, resolve: resolve as (value: unknown) => void, reject })
      this.#child.stdin?.write(`${JSON.stringify({ id, code })}\n`)
    })
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}

export function startTraffic(namespace: Namespace): Traffic {
  const [command, ...args] = commandIn(namespace, 'python3', script)
  const child = spawn(command as string, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const traffic = new Traffic(child)
  onTestFinished(() => traffic.kill())
  return traffic
}

/** The two ends of one connection, as names in the two processes: `s` at the client, `c` at the server. */
export interface Pair {
  readonly client: Traffic
  readonly server: Traffic
  readonly port: number
}

export interface PairSettings {
  readonly from: Namespace
  readonly to?: Namespace
  /** Address that the client dials. */
  readonly address?: string
  /** Address that the server listens on, if another. */
  readonly listenOn?: string
}

/** A client and a server process; the server listens as `l`. */
export async function startPair(settings: PairSettings): Promise<Pair> {
  const { from, to = from, address = '127.0.0.1', listenOn = address } = settings
  const client = startTraffic(from)
  const server = startTraffic(to)
  const port = await server.run<number>(`l = listen('${listenOn}'); port_of(l)`)
  await client.run(`peer = ('${address}', ${port})`)
  return { client, server, port }
}

/** Connects `s` of the client to `c` of the server. */
export async function connectPair({ client, server }: Pair): Promise<void> {
  await Promise.all([client.run('s = connect(*peer)'), server.run('c = accept(l)')])
}

export interface Exchanged {
  readonly client: number
  readonly server: number
}

/**
 * Bytes from the client, then from the server, until all is acknowledged and nothing is to come.
 *
 * @returns what TCP_INFO says then
 */
export async function exchangeQuietly(
  { client, server }: Pair,
  sent: Exchanged,
): Promise<{ client: TcpInfo; server: TcpInfo }> {
  await Promise.all([
    client.run(`send(s, ${sent.client})`),
    server.run(`receive(c, ${sent.client})`),
  ])
  await Promise.all([
    server.run(`send(c, ${sent.server})`),
    client.run(`receive(s, ${sent.server})`),
  ])
  // Delayed acknowledgements are out, so that nothing but the FINs is to come.
  const isQuiet = (socket: string, bytes: number) =>
    `until(lambda: tcp_info(${socket})["bytesAcked"] >= ${bytes}); time.sleep(0.3); tcp_info(${socket})`
  const [atClient, atServer] = await Promise.all([
    client.run<TcpInfo>(isQuiet('s', sent.client)),
    server.run<TcpInfo>(isQuiet('c', sent.server)),
  ])
  return { client: atClient, server: atServer }
}
