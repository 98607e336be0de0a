import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../test/support/engine.ts'
import { enginePath } from '../test/support/engine-room.ts'
import { ToldEvents } from './told-events.ts'

export interface ChurnSettings {
  readonly seconds: number
  readonly processesPerMinute: number
  /** Of these, the engine runs some: a whole one each takes half a second of a processor. */
  readonly containersPerMinute: number
  readonly ofEnginePerMinute: number
}

/** Those that have sent all of their bytes. */
export interface ChurnCounts {
  processes: number
  containers: number
}

const port = 7100
const server = `require('node:net').createServer((one) => one.on('error', () => {}).resume()).listen(${port}, '127.0.0.1', () => console.log('listens'))`
/**
 * Begins a process or a container for each line, and says how each ended: to begin them from here would hold up this process for as
 * long as that takes.
 */
const spawner = `while read -r id; do (
  if [ "$id" = process ]; then bash -c "$1"
  else runc --root "$2/state" run -b "$2/$id" "$id" </dev/null >/dev/null 2>&1
  fi
  echo "$id $?"
) & done`
/** At once, at most: what is slower than the rate does not pile up. */
const mostAtOnce = { processes: 64, containers: 24, ofEngine: 4 }

/** Processes and containers that begin, send and end, in the network namespace of an engine. */
export class Churn implements AsyncDisposable {
  readonly port = port
  readonly #engine: Engine
  readonly #bytes: number
  readonly #server: ChildProcess
  readonly #told: ToldEvents
  readonly #spawner: ChildProcessWithoutNullStreams
  readonly #bundles: string
  /** For the end of a process, or of a container by its id. Processes are alike. */
  readonly #waiting = new Map<string, ((isWell: boolean) => void)[]>()
  readonly #counts: ChurnCounts = { processes: 0, containers: 0 }

  private constructor(engine: Engine, bytes: number, listening: ChildProcess, told: ToldEvents) {
    this.#engine = engine
    this.#bytes = bytes
    this.#server = listening
    this.#told = told
    this.#bundles = join(engine.folder, 'bundles')
    mkdirSync(this.#bundles)
    const script = `exec 3<>/dev/tcp/127.0.0.1/${port} && printf '%0${bytes}d' 0 >&3`
    const args = ['bash', '-c', spawner, 'bash', script, this.#bundles]
    this.#spawner = spawn('nsenter', [netOf(engine), ...args], { env: { PATH: enginePath } })
    createInterface({ input: this.#spawner.stdout }).on('line', (line) => this.#ended(line))
  }

  static async start(engine: Engine, bytes: number): Promise<Churn> {
    const listening = spawn('nsenter', [netOf(engine), process.execPath, '-e', server])
    await once(listening.stdout, 'data')
    return new Churn(engine, bytes, listening, await ToldEvents.start(engine.folder))
  }

  /** Where containers are told of. */
  get endpoints(): string[] {
    return [this.#engine.socket, this.#told.socket]
  }

  async run(settings: ChurnSettings): Promise<ChurnCounts> {
    const { seconds, processesPerMinute, containersPerMinute, ofEnginePerMinute } = settings
    const end = performance.now() + seconds * 1000
    const bulkPerMinute = containersPerMinute - ofEnginePerMinute
    await Promise.all([
      this.#pace(end, processesPerMinute, mostAtOnce.processes, () => this.#process()),
      this.#pace(end, bulkPerMinute, mostAtOnce.containers, () => this.#container()),
      this.#pace(end, ofEnginePerMinute, mostAtOnce.ofEngine, () => this.#containerOfEngine()),
    ])
    return this.#counts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [this.#spawner, this.#server]) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    await this.#told[Symbol.asyncDispose]()
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

  async #process(): Promise<void> {
    if (await this.#begin('process')) this.#counts.processes += 1
  }

  /** Of runc alone, where Docker would put it, with the events that Docker would tell. */
  async #container(): Promise<void> {
    const id = randomBytes(32).toString('hex')
    const bundle = join(this.#bundles, id)
    mkdirSync(bundle)
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(this.#bundleOf(id)))
    for (const action of ['create', 'start']) this.#told.tell(action, id)
    if (await this.#begin(id)) this.#counts.containers += 1
    for (const action of ['die', 'destroy']) this.#told.tell(action, id)
    rmSync(bundle, { recursive: true })
  }

  async #containerOfEngine(): Promise<void> {
    const id = await this.#engine.run({ command: this.#command })
    const waited = await this.#engine.ask<{ StatusCode: number }>(
      'POST',
      `/v1.41/containers/${id}/wait`,
    )
    await this.#engine.remove(id)
    if (waited.StatusCode === 0) this.#counts.containers += 1
  }

  get #command(): string[] {
    return ['/bin/sh', '-c', `/bin/printf '%0${this.#bytes}d' 0 | /bin/nc 127.0.0.1 ${port}`]
  }

  #bundleOf(id: string): object {
    return {
      ociVersion: '1.0.2',
      process: { user: { uid: 0, gid: 0 }, args: this.#command, env: ['PATH=/bin'], cwd: '/' },
      root: { path: join(this.#engine.folder, 'rootfs'), readonly: true },
      mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
      linux: { cgroupsPath: `/docker/${id}`, namespaces: [{ type: 'pid' }, { type: 'mount' }] },
    }
  }

  /** @returns whether it ended well */
  #begin(what: string): Promise<boolean> {
    this.#spawner.stdin.write(`${what}\n`)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#waiting.set(what, [...(this.#waiting.get(what) ?? []), resolve])
    return promise
  }

  #ended(line: string): void {
    const [what = '', code] = line.split(' ')
    const waiting = this.#waiting.get(what) ?? []
    waiting.shift()?.(code === '0')
    if (waiting.length === 0) this.#waiting.delete(what)
  }
}

function netOf({ namespace }: Engine): string {
  return `--net=/run/netns/${namespace}`
}

/** By the plan and by the clock: a machine that is too slow for the rate does not go on for longer. */
function isBefore(end: number, next: number): boolean {
  return next < end && performance.now() < end
}
