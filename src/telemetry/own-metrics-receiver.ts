import type { Component, MetricsOutlet } from '../model/component.ts'
import { countPoints } from '../model/metrics.ts'
import { messageOf } from '../shared/errors.ts'
import type { OwnMetrics } from './own-metrics.ts'
import type { Logger } from './telemetry.ts'

export interface OwnMetricsReceiverSettings {
  readonly metrics: OwnMetrics
  readonly logger: Logger
  /** Whether the service ever ran: a start that failed has nothing to tell, and must not wait for a backend. */
  readonly hasRun: () => boolean
}

/** What may change while it runs. */
export interface OwnMetricsCourse {
  readonly outlets: readonly MetricsOutlet[]
  readonly intervalMs: number
}

/** Sends the agent's own metrics down the pipelines at each interval, and once more at the end. */
export class OwnMetricsReceiver implements Component {
  readonly #settings: OwnMetricsReceiverSettings
  #course: OwnMetricsCourse = { outlets: [], intervalMs: 10_000 }
  #timer: NodeJS.Timeout | undefined

  constructor(settings: OwnMetricsReceiverSettings) {
    this.#settings = settings
  }

  configure(course: OwnMetricsCourse): void {
    const { intervalMs } = this.#course
    this.#course = course
    if (this.#timer !== undefined && course.intervalMs !== intervalMs) this.#setTimer()
  }

  async start(): Promise<void> {
    this.#setTimer()
  }

  #setTimer(): void {
    clearInterval(this.#timer)
    this.#timer = setInterval(() => void this.#collect(), this.#course.intervalMs)
    this.#timer.unref()
  }

  async shutdown(): Promise<void> {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
    if (this.#settings.hasRun()) await this.#collect()
  }

  async #collect(): Promise<void> {
    const { metrics, logger } = this.#settings
    try {
      for (const { temporality, consumer } of this.#course.outlets) {
        const own = await metrics.collect(temporality)
        if (own === undefined) continue
        consumer.consume({ resourceMetrics: [own], points: countPoints([own]) })
      }
    } catch (error) {
      logger.limited('warn', 'own_metrics', 'own metrics could not be read', {
        error: messageOf(error),
      })
    }
  }
}
