import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { MetricsConsumer, MetricsProcessor } from '../../model/component.ts'
import type { Metrics } from '../../model/metrics.ts'
import { splitMetrics } from '../../model/split-metrics.ts'
import type { BatchConfig } from './config.ts'

/**
 * Gathers metrics into batches of a number of data points, as the Collector's processor of the same name: a batch
 * goes on when it is full or when its oldest point has waited for `timeout`.
 *
 * It never holds more than `send_batch_size` points between two calls, so it needs no limit of its own.
 */
export class BatchProcessor implements MetricsProcessor {
  readonly #config: BatchConfig
  readonly #next: MetricsConsumer
  #pending: ResourceMetrics[] = []
  #points = 0
  #timer: NodeJS.Timeout | undefined
  #isShutDown = false

  constructor(config: BatchConfig, next: MetricsConsumer) {
    this.#config = config
    this.#next = next
  }

  async start(): Promise<void> {
    this.#isShutDown = false
  }

  consume(metrics: Metrics): void {
    if (metrics.points === 0) return
    for (const resource of metrics.resourceMetrics) this.#pending.push(resource)
    this.#points += metrics.points

    const enough = this.#goesAtOnce() ? 1 : this.#config.send_batch_size
    if (this.#points >= enough) this.#stopTimer()
    while (this.#points >= enough) this.#send()
    if (this.#points > 0) {
      this.#timer ??= setTimeout(() => this.#flush(), this.#config.timeout)
    }
  }

  async shutdown(): Promise<void> {
    this.#isShutDown = true
    this.#flush()
  }

  #goesAtOnce(): boolean {
    const { send_batch_size: size, timeout } = this.#config
    return this.#isShutDown || size === 0 || timeout === 0
  }

  #flush(): void {
    this.#stopTimer()
    while (this.#points > 0) this.#send()
  }

  #send(): void {
    const max = this.#config.send_batch_max_size
    if (max > 0 && this.#points > max) {
      const [head, tail] = splitMetrics(this.#pending, max)
      this.#pending = tail
      this.#points -= max
      this.#next.consume({ resourceMetrics: head, points: max })
      return
    }
    const batch = { resourceMetrics: this.#pending, points: this.#points }
    this.#pending = []
    this.#points = 0
    this.#next.consume(batch)
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
