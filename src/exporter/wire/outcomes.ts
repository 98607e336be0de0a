import type { Counter } from '@opentelemetry/api'
import type { ComponentSettings } from '../../config/component.ts'
import { telemetryMetrics } from '../../generated/metrics.ts'

/** Why points were dropped without a backend's verdict. */
export type DropReason =
  | 'backlog'
  | 'encoding'
  | 'queue_full'
  | 'superseded'
  | 'too_large'
  | 'shutdown'
  | 'write_failed'

type CounterName =
  | `nettracer.exporter.${'sent' | 'failed' | 'rejected' | 'dropped'}_points`
  | 'nettracer.exporter.retries'

/** What became of an exporter's data points, in the agent's own metrics. Each point is counted once. */
export class Outcomes {
  readonly #attributes: { 'otel.component.name': string }
  readonly #sent: Counter
  readonly #failed: Counter
  readonly #rejected: Counter
  readonly #dropped: Counter
  readonly #retries: Counter

  constructor({ id, telemetry }: ComponentSettings) {
    const counter = (name: CounterName) => {
      const { unit, description } = telemetryMetrics[name]
      return telemetry.meter.createCounter(name, { unit, description })
    }
    this.#attributes = { 'otel.component.name': id }
    this.#sent = counter('nettracer.exporter.sent_points')
    this.#failed = counter('nettracer.exporter.failed_points')
    this.#rejected = counter('nettracer.exporter.rejected_points')
    this.#dropped = counter('nettracer.exporter.dropped_points')
    this.#retries = counter('nettracer.exporter.retries')
  }

  /** Taken by the backend. */
  sent(points: number): void {
    this.#sent.add(points, this.#attributes)
  }

  /** Given up after at least one attempt. */
  failed(points: number): void {
    this.#failed.add(points, this.#attributes)
  }

  /** Refused by a backend that took the rest of the request. */
  rejected(points: number): void {
    this.#rejected.add(points, this.#attributes)
  }

  /** A request is sent again. */
  retried(): void {
    this.#retries.add(1, this.#attributes)
  }

  dropped(points: number, reason: DropReason): void {
    this.#dropped.add(points, { ...this.#attributes, 'nettracer.drop.reason': reason })
  }
}
