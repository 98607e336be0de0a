import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import type { ComponentSettings } from '../../config/component.ts'
import type { MetricsExporter } from '../../model/component.ts'
import type { Metrics, Temporality } from '../../model/metrics.ts'
import { messageOf, NettracerError } from '../../shared/errors.ts'
import { HandOver } from '../wire/hand-over.ts'
import { writeJson } from '../wire/json.ts'
import { type DropReason, Outcomes } from '../wire/outcomes.ts'
import type { FileConfig } from './config.ts'
import { OutputFile } from './output-file.ts'

const MAX_UNENCODED_POINTS = 1_000_000
/** What waits for the next flush; more is written at once. */
const FLUSH_BYTES = 1024 * 1024

interface Entry {
  readonly bytes: Uint8Array
  readonly points: number
}

const compress = promisify(zstdCompress)

/** Writes OTLP JSON lines, as the Collector's exporter of the same name. A full disk costs points, never the agent. */
export class FileExporter implements MetricsExporter {
  readonly temporality: Temporality = 'cumulative'
  readonly #settings: ComponentSettings
  readonly #config: FileConfig
  readonly #outcomes: Outcomes
  readonly #file: OutputFile
  readonly #handOver: HandOver
  #waiting: Entry[] = []
  #waitingBytes = 0
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()
  #isOpen = false

  constructor(settings: ComponentSettings, config: FileConfig) {
    this.#settings = settings
    this.#config = config
    this.#outcomes = new Outcomes(settings)
    this.#file = new OutputFile(config, (error) => {
      const fields = { path: config.path, reason: messageOf(error) }
      const { logger } = settings.telemetry
      logger.limited('warn', 'prune_failed', 'Old files cannot be removed', fields)
    })
    this.#handOver = new HandOver({
      maxPoints: MAX_UNENCODED_POINTS,
      work: async (metrics) => this.#encode(metrics),
      onDropped: (points) => this.#drop(points, 'backlog', 'writing fell behind'),
      onFailed: (points, error) => this.#drop(points, 'encoding', messageOf(error)),
    })
  }

  /** @throws NettracerError if the file cannot be written */
  async start(): Promise<void> {
    if (this.#isOpen) return
    try {
      await this.#file.open()
    } catch (error) {
      const message = `${this.#config.path} cannot be written: ${messageOf(error)}`
      throw new NettracerError('NETTRACER_ERR_FILE_UNWRITABLE', message, { cause: error })
    }
    this.#isOpen = true
    this.#timer = setInterval(() => void this.#flush(), this.#config.flush_interval)
  }

  consume(metrics: Metrics): void {
    if (this.#isOpen) this.#handOver.offer(metrics)
    else this.#drop(metrics.points, 'shutdown', 'it is not running')
  }

  async shutdown(): Promise<void> {
    if (!this.#isOpen) return
    clearInterval(this.#timer)
    await this.#handOver.idle()
    await this.#flush()
    this.#isOpen = false
    try {
      await this.#file.close()
    } catch (error) {
      this.#settings.telemetry.logger.warn('The file cannot be closed', {
        reason: messageOf(error),
      })
    }
  }

  async #encode(metrics: Metrics): Promise<void> {
    if (metrics.points === 0) return
    const bytes = await this.#entryOf(await writeJson(metrics))
    if (!this.#file.canHold(bytes.length)) {
      this.#drop(metrics.points, 'too_large', 'larger than a file may be')
      return
    }
    this.#waiting.push({ bytes, points: metrics.points })
    this.#waitingBytes += bytes.length
    // Holds up the next metrics, which then wait in the bounded hand-over.
    if (this.#waitingBytes >= FLUSH_BYTES) await this.#flush()
  }

  async #entryOf(json: string): Promise<Uint8Array> {
    if (this.#config.compression === '') return Buffer.from(`${json}\n`)
    const compressed = await compress(json)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(compressed.length)
    return Buffer.concat([length, compressed])
  }

  async #flush(): Promise<void> {
    this.#flushing = this.#flushing.then(async () => this.#writeWaiting())
    await this.#flushing
  }

  async #writeWaiting(): Promise<void> {
    const entries = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const { bytes, points } of entries) {
      try {
        await this.#file.write(bytes)
        this.#outcomes.sent(points)
      } catch (error) {
        this.#drop(points, 'write_failed', messageOf(error))
      }
    }
  }

  #drop(points: number, reason: DropReason, why: string): void {
    this.#outcomes.dropped(points, reason)
    const { logger } = this.#settings.telemetry
    const fields = { path: this.#config.path, points, reason: why }
    logger.limited('warn', `dropped_${reason}`, 'Data points are not written', fields)
  }
}
