import type { ComponentSettings } from '../../config/component.ts'
import type { Component, Consumer, LogsExporter, MetricsExporter } from '../../model/component.ts'
import type { Logs } from '../../model/logs.ts'
import type { Metrics, Temporality } from '../../model/metrics.ts'
import { logsSignal, metricsSignal, type Signal } from '../../model/signal.ts'
import { HandOver } from '../wire/hand-over.ts'
import { Outcomes } from '../wire/outcomes.ts'
import { Turns } from '../wire/turns.ts'
import type { DebugConfig } from './config.ts'
import { detailedText } from './detailed-text.ts'
import { detailedLogsText, normalLogsText } from './logs-text.ts'
import { normalText } from './normal-text.ts'
import { Sampler } from './sampler.ts'

/** Takes text that ends with a line break. @returns false if it could not be taken */
export type WriteText = (text: string) => boolean

const MAX_UNWRITTEN_ITEMS = 200_000

/** How a signal is shown. */
interface Shown<Batch> {
  readonly signal: Signal<Batch>
  readonly title: string
  readonly countsOf: (batch: Batch) => Record<string, number>
  readonly normal: (batch: Batch) => Iterable<string>
  readonly detailed: (batch: Batch) => Iterable<string>
}

/** Shows what passes, for a person. Text as the Collector's exporter of the same name, with control characters escaped. */
class DebugSignalExporter<Batch> implements Component, Consumer<Batch> {
  readonly #shown: Shown<Batch>
  readonly #settings: ComponentSettings
  readonly #config: DebugConfig
  readonly #outcomes: Outcomes
  readonly #sampler: Sampler
  readonly #handOver: HandOver<Batch>
  readonly #write: WriteText

  constructor(
    shown: Shown<Batch>,
    settings: ComponentSettings,
    config: DebugConfig,
    write: WriteText,
  ) {
    this.#shown = shown
    this.#settings = settings
    this.#config = config
    this.#write = write
    this.#outcomes = new Outcomes(settings, shown.signal.name)
    this.#sampler = new Sampler(config.sampling_initial, config.sampling_thereafter)
    this.#handOver = new HandOver({
      signal: shown.signal,
      maxItems: MAX_UNWRITTEN_ITEMS,
      work: async (batch) => this.#show(batch),
      onDropped: (items) => this.#outcomes.dropped(items, 'backlog'),
      onFailed: (items) => this.#outcomes.dropped(items, 'encoding'),
    })
  }

  async start(): Promise<void> {}

  consume(batch: Batch): void {
    if (this.#sampler.admits(performance.now())) this.#handOver.offer(batch)
  }

  async caughtUp(): Promise<void> {
    await this.#handOver.caughtUp()
  }

  async shutdown(): Promise<void> {
    await this.#handOver.idle()
  }

  async #show(batch: Batch): Promise<void> {
    const wasTaken = this.#config.use_internal_logger
      ? await this.#log(batch)
      : await this.#print(batch)
    const items = this.#shown.signal.sizeOf(batch)
    if (wasTaken) this.#outcomes.sent(items)
    else this.#outcomes.dropped(items, 'write_failed')
  }

  /** A log line for each line of text: the log escapes line breaks. */
  async #log(batch: Batch): Promise<boolean> {
    const { logger } = this.#settings.telemetry
    logger.info(this.#shown.title, this.#shown.countsOf(batch))
    const turns = new Turns()
    for (const line of this.#lines(batch)) {
      logger.info(line)
      await turns.next()
    }
    return true
  }

  async #print(batch: Batch): Promise<boolean> {
    const { title, countsOf } = this.#shown
    const counts = Object.entries(countsOf(batch)).map(([name, count]) => `"${name}": ${count}`)
    const parts = [`${title}\t{${counts.join(', ')}}\n`]
    const turns = new Turns()
    for (const line of this.#lines(batch)) {
      parts.push(`${line}\n`)
      await turns.next()
    }
    if (this.#config.verbosity !== 'basic') parts.push('\n')
    return this.#write(parts.join(''))
  }

  #lines(batch: Batch): Iterable<string> {
    if (this.#config.verbosity === 'basic') return []
    return this.#config.verbosity === 'normal'
      ? this.#shown.normal(batch)
      : this.#shown.detailed(batch)
  }
}

const shownMetrics: Shown<Metrics> = {
  signal: metricsSignal,
  title: 'Metrics',
  countsOf({ resourceMetrics, points }) {
    let metrics = 0
    for (const { scopeMetrics } of resourceMetrics) {
      for (const scope of scopeMetrics) metrics += scope.metrics.length
    }
    return { 'resource metrics': resourceMetrics.length, metrics, 'data points': points }
  },
  normal: ({ resourceMetrics }) => normalText(resourceMetrics),
  detailed: ({ resourceMetrics }) => detailedText(resourceMetrics),
}

const shownLogs: Shown<Logs> = {
  signal: logsSignal,
  title: 'Logs',
  countsOf: ({ resourceLogs, records }) => ({
    'resource logs': resourceLogs.length,
    'log records': records,
  }),
  normal: ({ resourceLogs }) => normalLogsText(resourceLogs),
  detailed: ({ resourceLogs }) => detailedLogsText(resourceLogs),
}

export class DebugExporter extends DebugSignalExporter<Metrics> implements MetricsExporter {
  readonly temporality: Temporality = 'cumulative'

  /** @param write plain text, where the internal logger is not used */
  constructor(settings: ComponentSettings, config: DebugConfig, write: WriteText) {
    super(shownMetrics, settings, config, write)
  }
}

export class DebugLogsExporter extends DebugSignalExporter<Logs> implements LogsExporter {
  /** @param write plain text, where the internal logger is not used */
  constructor(settings: ComponentSettings, config: DebugConfig, write: WriteText) {
    super(shownLogs, settings, config, write)
  }
}
