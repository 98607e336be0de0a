import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../test/support/engine.ts'

export interface ChurnSettings {
  readonly seconds: number
  readonly processesPerMinute: number
  readonly containersPerMinute: number
}

/** Those that have sent all of their bytes. */
export interface ChurnCounts {
  processes: number
  containers: number
}

const port = 7100
const server = `require('node:net').createServer((one) => one.on('error', () => {}).resume()).listen(${port}, '127.0.0.1', () => console.log('listens'))`
/** Begins a process for each line, and says how each ended: to begin it from here would hold up this process for as long as that takes. */
const spawner = `while read -r; do (bash -c "$1"; echo $?) & done`
/** At once, at most: what is slower than the rate does not pile up. */
const maxContainers = 24

/** Processes and containers that begin, send and end, in the network namespace of an engine. */
export class Churn implements AsyncDisposable {
  readonly port = port
  readonly #engine: Engine
  readonly #bytes: number
  readonly #server: ChildProcess
  readonly #spawner: ChildProcessWithoutNullStreams
  /** For the end of a process each. */
  readonly #waiting: (() => void)[] = []
  readonly #counts: ChurnCounts = { processes: 0, containers: 0 }

  private constructor(engine: Engine, bytes: number, listening: ChildProcess) {
    this.#engine = engine
    this.#bytes = bytes
    this.#server = listening
    const script = `exec 3<>/dev/tcp/127.0.0.1/${port} && printf '%0${bytes}d' 0 >&3`
    this.#spawner = spawn('nsenter', [netOf(engine), 'bash', '-c', spawner, 'bash', script])
    createInterface({ input: this.#spawner.stdout }).on('line', (code) => this.#ended(code))
  }

  static async start(engine: Engine, bytes: number): Promise<Churn> {
    const listening = spawn('nsenter', [netOf(engine), process.execPath, '-e', server])
    await once(listening.stdout, 'data')
    return new Churn(engine, bytes, listening)
  }

  async run(settings: ChurnSettings): Promise<ChurnCounts> {
    const end = performance.now() + settings.seconds * 1000
    await Promise.all([
      this.#pace(end, settings.processesPerMinute, 64, () => this.#process()),
      this.#pace(end, settings.containersPerMinute, maxContainers, () => this.#container()),
    ])
    return this.#counts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [this.#spawner, this.#server]) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
  }

  /** Begins so many a minute, unless too many are under way. */
  async #pace(end: number, perMinute: number, most: number, one: () => Promise<void>) {
    const pauseMs = 60_000 / perMinute
    const running = new Set<Promise<void>>()
    for (let next = performance.now(); isBefore(end, next); next += pauseMs) {
      await sleep(Math.max(0, next - performance.now()))
      if (running.size >= most) await Promise.race(running)
      const begun = one().finally(() => running.delete(begun))
      running.add(begun)
    }
    await Promise.all(running)
  }

  #process(): Promise<void> {
    this.#spawner.stdin.write('\n')
    return new Promise((resolve) => void this.#waiting.push(resolve))
  }

  /** Which of them it was does not matter: they are alike. */
  #ended(code: string): void {
    if (code === '0') this.#counts.processes += 1
    this.#waiting.shift()?.()
  }

  async #container(): Promise<void> {
    const script = `/bin/printf '%0${this.#bytes}d' 0 | /bin/nc 127.0.0.1 ${port}`
    const id = await this.#engine.run({ command: ['/bin/sh', '-c', script] })
    const waited = await this.#engine.ask<{ StatusCode: number }>(
      'POST',
      `/v1.41/containers/${id}/wait`,
    )
    await this.#engine.remove(id)
    if (waited.StatusCode === 0) this.#counts.containers += 1
  }
}

function netOf({ namespace }: Engine): string {
  return `--net=/run/netns/${namespace}`
}

/** By the plan and by the clock: a machine that is too slow for the rate does not go on for longer. */
function isBefore(end: number, next: number): boolean {
  return next < end && performance.now() < end
}
