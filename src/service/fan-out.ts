import type { MetricsConsumer } from '../model/component.ts'
import type { Metrics } from '../model/metrics.ts'
import { messageOf } from '../shared/errors.ts'
import type { Logger } from '../telemetry/telemetry.ts'

/** Hands the same metrics to several consumers; one that fails does not keep them from the others. */
export class FanOut implements MetricsConsumer {
  readonly #consumers: readonly MetricsConsumer[]
  readonly #logger: Logger

  constructor(consumers: readonly MetricsConsumer[], logger: Logger) {
    this.#consumers = consumers
    this.#logger = logger
  }

  consume(metrics: Metrics): void {
    for (const consumer of this.#consumers) {
      try {
        consumer.consume(metrics)
      } catch (error) {
        this.#logger.limited('error', 'consume', 'metrics were not taken by a component', {
          error: messageOf(error),
          points: metrics.points,
        })
      }
    }
  }
}
