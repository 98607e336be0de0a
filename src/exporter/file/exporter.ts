import type { ComponentSettings } from '../../config/component.ts'
import type { Component, Consumer, LogsExporter, MetricsExporter } from '../../model/component.ts'
import type { Logs } from '../../model/logs.ts'
import type { Metrics, Temporality } from '../../model/metrics.ts'
import { logsSignal, metricsSignal, type Signal } from '../../model/signal.ts'
import { messageOf } from '../../shared/errors.ts'
import { HandOver } from '../wire/hand-over.ts'
import { writeJson } from '../wire/json.ts'
import { writeLogsJson } from '../wire/logs-json.ts'
import { type DropReason, Outcomes } from '../wire/outcomes.ts'
import type { FileConfig } from './config.ts'
import { SharedOutput } from './shared-output.ts'

const MAX_UNENCODED_ITEMS = 1_000_000

interface FileSettings<Batch> {
  readonly signal: Signal<Batch>
  /** Writes a batch as one line. */
  readonly toJson: (batch: Batch) => Promise<string>
  readonly component: ComponentSettings
  readonly config: FileConfig
  readonly output: SharedOutput
}

/** Writes OTLP JSON lines, as the Collector's exporter of the same name. A full disk costs items, never the agent. */
class FileSignalExporter<Batch> implements Component, Consumer<Batch> {
  readonly #settings: FileSettings<Batch>
  readonly #outcomes: Outcomes
  readonly #handOver: HandOver<Batch>
  #isOpen = false

  constructor(settings: FileSettings<Batch>) {
    const { signal, component } = settings
    this.#settings = settings
    this.#outcomes = new Outcomes(component, signal.name)
    this.#handOver = new HandOver({
      signal,
      maxItems: MAX_UNENCODED_ITEMS,
      work: async (batch) => this.#write(batch),
      onDropped: (items) => this.#drop(items, 'backlog', 'writing fell behind'),
      onFailed: (items, error) => this.#drop(items, 'encoding', messageOf(error)),
    })
  }

  /** @throws NettracerError if the file cannot be written */
  async start(): Promise<void> {
    if (this.#isOpen) return
    await this.#settings.output.open()
    this.#isOpen = true
  }

  consume(batch: Batch): void {
    if (this.#isOpen) this.#handOver.offer(batch)
    else this.#drop(this.#settings.signal.sizeOf(batch), 'shutdown', 'it is not running')
  }

  async caughtUp(): Promise<void> {
    await this.#handOver.caughtUp()
  }

  async shutdown(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#handOver.idle()
    await this.#settings.output.close()
  }

  async #write(batch: Batch): Promise<void> {
    const { signal, toJson, output } = this.#settings
    const items = signal.sizeOf(batch)
    if (items === 0) return
    const wasTaken = await output.write(await toJson(batch), {
      onWritten: () => this.#outcomes.sent(items),
      onFailed: (error) => this.#drop(items, 'write_failed', messageOf(error)),
    })
    if (!wasTaken) this.#drop(items, 'too_large', 'larger than a file may be')
  }

  #drop(items: number, reason: DropReason, why: string): void {
    this.#outcomes.dropped(items, reason)
    const { component, config, signal } = this.#settings
    const fields = { path: config.path, items, reason: why }
    const message = `Some ${signal.items} are not written`
    component.telemetry.logger.limited('warn', `dropped_${reason}`, message, fields)
  }
}

export class FileExporter extends FileSignalExporter<Metrics> implements MetricsExporter {
  readonly temporality: Temporality = 'cumulative'

  constructor(
    component: ComponentSettings,
    config: FileConfig,
    output: SharedOutput = new SharedOutput(component, config),
  ) {
    super({ signal: metricsSignal, toJson: writeJson, component, config, output })
  }
}

export class FileLogsExporter extends FileSignalExporter<Logs> implements LogsExporter {
  constructor(component: ComponentSettings, config: FileConfig, output: SharedOutput) {
    super({ signal: logsSignal, toJson: writeLogsJson, component, config, output })
  }
}
