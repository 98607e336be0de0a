import type { ComponentSettings } from '../../config/component.ts'
import type { MetricsExporter } from '../../model/component.ts'
import type { Metrics, Temporality } from '../../model/metrics.ts'
import { HandOver } from '../wire/hand-over.ts'
import { Outcomes } from '../wire/outcomes.ts'
import { Turns } from '../wire/turns.ts'
import type { DebugConfig } from './config.ts'
import { detailedText } from './detailed-text.ts'
import { normalText } from './normal-text.ts'
import { Sampler } from './sampler.ts'

/** Takes text that ends with a line break. @returns false if it could not be taken */
export type WriteText = (text: string) => boolean

const MAX_UNWRITTEN_POINTS = 200_000

/** Shows what passes, for a person. Text as the Collector's exporter of the same name, with control characters escaped. */
export class DebugExporter implements MetricsExporter {
  readonly temporality: Temporality = 'cumulative'
  readonly #settings: ComponentSettings
  readonly #config: DebugConfig
  readonly #outcomes: Outcomes
  readonly #sampler: Sampler
  readonly #handOver: HandOver
  readonly #write: WriteText

  /** @param write plain text, where the internal logger is not used */
  constructor(settings: ComponentSettings, config: DebugConfig, write: WriteText) {
    this.#settings = settings
    this.#config = config
    this.#write = write
    this.#outcomes = new Outcomes(settings)
    this.#sampler = new Sampler(config.sampling_initial, config.sampling_thereafter)
    this.#handOver = new HandOver({
      maxPoints: MAX_UNWRITTEN_POINTS,
      work: async (metrics) => this.#show(metrics),
      onDropped: (points) => this.#outcomes.dropped(points, 'backlog'),
      onFailed: (points) => this.#outcomes.dropped(points, 'encoding'),
    })
  }

  async start(): Promise<void> {}

  consume(metrics: Metrics): void {
    if (this.#sampler.admits(performance.now())) this.#handOver.offer(metrics)
  }

  async shutdown(): Promise<void> {
    await this.#handOver.idle()
  }

  async #show(metrics: Metrics): Promise<void> {
    const wasTaken = this.#config.use_internal_logger
      ? await this.#log(metrics)
      : await this.#print(metrics)
    if (wasTaken) this.#outcomes.sent(metrics.points)
    else this.#outcomes.dropped(metrics.points, 'write_failed')
  }

  /** A log line for each line of text: the log escapes line breaks. */
  async #log(metrics: Metrics): Promise<boolean> {
    const { logger } = this.#settings.telemetry
    logger.info('Metrics', countsOf(metrics))
    const turns = new Turns()
    for (const line of this.#lines(metrics)) {
      logger.info(line)
      await turns.next()
    }
    return true
  }

  async #print(metrics: Metrics): Promise<boolean> {
    const counts = Object.entries(countsOf(metrics)).map(([name, count]) => `"${name}": ${count}`)
    const parts = [`Metrics\t{${counts.join(', ')}}\n`]
    const turns = new Turns()
    for (const line of this.#lines(metrics)) {
      parts.push(`${line}\n`)
      await turns.next()
    }
    if (this.#config.verbosity !== 'basic') parts.push('\n')
    return this.#write(parts.join(''))
  }

  #lines({ resourceMetrics }: Metrics): Iterable<string> {
    if (this.#config.verbosity === 'basic') return []
    return this.#config.verbosity === 'normal'
      ? normalText(resourceMetrics)
      : detailedText(resourceMetrics)
  }
}

function countsOf({ resourceMetrics, points }: Metrics): Record<string, number> {
  let metrics = 0
  for (const { scopeMetrics } of resourceMetrics) {
    for (const scope of scopeMetrics) metrics += scope.metrics.length
  }
  return { 'resource metrics': resourceMetrics.length, metrics, 'data points': points }
}
