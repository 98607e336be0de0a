import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Collector } from '../test/support/otelcol.ts'
import type { OtlpRequest } from '../test/support/otlp-points.ts'
import { sumPoints } from '../test/support/sum-points.ts'
import { TcpRelay } from '../test/support/tcp-relay.ts'
import type { SenderMessage, SenderSettings } from './outage-sender.ts'
import { undoLater } from './undo.ts'

const senderPath = fileURLToPath(new URL('./outage-sender.ts', import.meta.url))
const recoverTimeoutMs = 60_000
const file = 'metrics.jsonl'

export interface OutageSettings {
  /** Of each outage, and of the calm before each. */
  readonly outageMs: number
  readonly intervalMs: number
  /** Of each interval. */
  readonly points: number
  readonly services: number
  /** Of an attempt. */
  readonly timeout: string
}

export interface OutageResult {
  readonly seconds: number
  /** Handed to the exporter. */
  readonly points: number
  /** Of those, that the Collector never wrote. */
  readonly lost: number
  /** That it wrote more than once. */
  readonly doubled: number
  /** By outage: ms from the end of it until the Collector wrote again. */
  readonly recoveryMs: ReadonlyMap<string, number>
  readonly rssMostMib: number
  readonly mostOnDisk: number
  /** Own metrics of the last sender. */
  readonly readings: Readonly<Record<string, number>>
}

/** A sender, a relay and a real Collector, and all that may happen to them. */
class Course {
  readonly times = new Set<number>()
  readonly recoveryMs = new Map<string, number>()
  readings: Readonly<Record<string, number>> = {}
  rssMost = 0
  mostOnDisk = 0
  readonly #settings: OutageSettings
  readonly #collector: Collector
  readonly #relay: TcpRelay
  readonly #directory: string
  #sender: ChildProcess | undefined

  constructor(settings: OutageSettings, collector: Collector, relay: TcpRelay, directory: string) {
    this.#settings = settings
    this.#collector = collector
    this.#relay = relay
    this.#directory = directory
  }

  async run(): Promise<void> {
    await this.#startSender()
    await this.#calm()
    await this.#outage(
      'stopped',
      () => this.#collector.stop(),
      () => this.#collector.run(),
    )
    await this.#outage(
      'paused',
      () => this.#collector.pause(),
      () => this.#collector.resume(),
    )
    await this.#outage(
      'cut at random',
      () => this.#cuts(),
      () => {},
    )
    await this.#outage(
      'stopped, sender killed',
      () => this.#killBoth(),
      () => this.#collector.run(),
    )
    await this.#outage(
      'killed',
      () => this.#betweenIntervals(() => this.#collector.kill()),
      () => this.#collector.run(),
    )
    await this.#drained()
    await this.#stopSender()
  }

  end(): void {
    this.#sender?.kill('SIGKILL')
  }

  async #calm(): Promise<void> {
    await sleep(this.#settings.outageMs)
  }

  /** Lasts as long as an outage, whatever `begin` takes of it. */
  async #outage(
    name: string,
    begin: () => Promise<void> | void,
    finish: () => Promise<void> | void,
  ): Promise<void> {
    const until = performance.now() + this.#settings.outageMs
    await begin()
    await sleep(Math.max(0, until - performance.now()))
    const before = this.#written()
    await finish()
    const back = performance.now()
    while (this.#written() <= before) {
      if (performance.now() - back > recoverTimeoutMs) throw new Error(`no recovery after: ${name}`)
      await sleep(20)
    }
    this.recoveryMs.set(name, performance.now() - back)
    await this.#calm()
  }

  async #cuts(): Promise<void> {
    const until = performance.now() + this.#settings.outageMs
    while (performance.now() < until) {
      await sleep(20 + Math.random() * 600)
      this.#relay.cut()
    }
  }

  /** Of the sender nothing is left but what is on disk. */
  async #killBoth(): Promise<void> {
    await this.#collector.stop()
    await sleep(this.#settings.outageMs / 2)
    await this.#betweenIntervals(async () => {
      const sender = this.#sender
      if (sender === undefined) return
      const ended = once(sender, 'exit')
      sender.kill('SIGKILL')
      await ended
    })
    await this.#startSender()
  }

  /** Long after what came with the last one is written. */
  async #betweenIntervals(action: () => Promise<void>): Promise<void> {
    if (this.#sender !== undefined) await once(this.#sender, 'message')
    await sleep(this.#settings.intervalMs * 0.7)
    await action()
  }

  async #startSender(): Promise<void> {
    const { outageMs: _, ...rest } = this.#settings
    const settings: SenderSettings = {
      ...rest,
      port: this.#relay.port,
      directory: this.#directory,
    }
    const sender = fork(senderPath, [JSON.stringify(settings)])
    this.#sender = sender
    sender.on('message', (message) => this.#heard(message as SenderMessage))
    await once(sender, 'message')
  }

  async #stopSender(): Promise<void> {
    const sender = this.#sender
    if (sender === undefined) return
    const ended = once(sender, 'exit')
    sender.kill('SIGTERM')
    await ended
  }

  #heard(message: SenderMessage): void {
    if ('readings' in message) {
      this.readings = message.readings
      return
    }
    this.times.add(message.timeMs)
    this.rssMost = Math.max(this.rssMost, message.rssBytes)
    this.mostOnDisk = Math.max(this.mostOnDisk, this.#onDisk())
  }

  #onDisk(): number {
    const folder = join(this.#directory, 'exporter_otlp_metrics.queue')
    return readdirSync(folder).length
  }

  async #drained(): Promise<void> {
    const giveUp = performance.now() + recoverTimeoutMs
    while (this.#onDisk() > 0 && performance.now() < giveUp) await sleep(50)
  }

  #written(): number {
    return statSync(this.#collector.path(file), { throwIfNoEntry: false })?.size ?? 0
  }
}

/** @returns for each time how often each series came */
async function readPoints(
  path: string,
  times: ReadonlySet<number>,
  points: number,
): Promise<Map<number, Uint8Array>> {
  const seen = new Map([...times].map((time) => [time, new Uint8Array(points)]))
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const request: OtlpRequest = JSON.parse(line)
    for (const { timeMs, value } of sumPoints(request)) {
      const of = seen.get(timeMs)
      if (of !== undefined) of[value] = (of[value] ?? 0) + 1
    }
  }
  return seen
}

/** Everything that the issue of delivery names, one after the other, with the same points to be found at the end. */
export async function runOutages(settings: OutageSettings): Promise<OutageResult> {
  const started = performance.now()
  const collector = await Collector.start({ maxMessageMib: 4 })
  const relay = await TcpRelay.start(collector.grpcPort)
  const directory = mkdtempSync(join(tmpdir(), 'nettracer-outage-'))
  const course = new Course(settings, collector, relay, directory)
  const undo = undoLater(() => {
    course.end()
    relay.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  try {
    await course.run()
    await collector.stop()
    const seen = await readPoints(collector.path(file), course.times, settings.points)
    const counts = [...seen.values()].flatMap((of) => [...of])
    return {
      seconds: (performance.now() - started) / 1000,
      points: counts.length,
      lost: counts.filter((times) => times === 0).length,
      doubled: counts.filter((times) => times > 1).length,
      recoveryMs: course.recoveryMs,
      rssMostMib: course.rssMost / 2 ** 20,
      mostOnDisk: course.mostOnDisk,
      readings: course.readings,
    }
  } finally {
    undo()
    await collector.remove()
  }
}
