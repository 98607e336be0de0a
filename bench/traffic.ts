import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Network } from './namespace.ts'

const sourcePath = fileURLToPath(new URL('./traffic.cc', import.meta.url))
const buildFolder = fileURLToPath(new URL('../build/bench', import.meta.url))
const programPath = `${buildFolder}/traffic`

/** Builds the generator unless it is newer than its source. @returns its path */
export function buildTraffic(): string {
  const isBuilt =
    existsSync(programPath) && statSync(programPath).mtimeMs > statSync(sourcePath).mtimeMs
  if (!isBuilt) {
    mkdirSync(buildFolder, { recursive: true })
    execFileSync('g++', ['-O2', '-std=c++20', sourcePath, '-o', programPath])
  }
  return programPath
}

async function runTraffic<Outcome>(
  network: Network,
  ...settings: readonly (string | number)[]
): Promise<Outcome> {
  const [command, parameters] = network.inside(buildTraffic(), ...settings.map(String))
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`traffic ${settings.join(' ')} ended with ${code}`)
  return JSON.parse(output) as Outcome
}

export interface Churn {
  readonly connections: number
  readonly failed: number
  readonly seconds: number
}

/** @param rate connections per second, 0 for as many as possible */
export function churn(
  network: Network,
  { count, rate = 0, inFlight = 64 }: { count: number; rate?: number; inFlight?: number },
): Promise<Churn> {
  return runTraffic<Churn>(network, 'churn', count, rate, inFlight)
}

export function stream(
  network: Network,
  bytes: number,
): Promise<{ readonly bytes: number; readonly seconds: number }> {
  return runTraffic(network, 'stream', bytes)
}

export interface Exchanges {
  readonly exchanges: number
  readonly seconds: number
  /** Of both ends, user and system. */
  readonly cpuSeconds: number
}

/** One request after the other over one connection. */
export function exchange(network: Network, count: number): Promise<Exchanges> {
  return runTraffic(network, 'exchange', count)
}

/** Open connections that say nothing, each with both ends in the namespace. */
export class IdleConnections implements AsyncDisposable {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async open(network: Network, count: number): Promise<IdleConnections> {
    const [command, parameters] = network.inside(buildTraffic(), 'idle', String(count))
    const child = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })
    const isReady = await Promise.race([
      once(lines, 'line').then(() => true),
      once(child, 'exit').then(() => false),
    ])
    if (!isReady) throw new Error(`traffic idle ${count} ended early`)
    return new IdleConnections(child)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await ended
  }
}
