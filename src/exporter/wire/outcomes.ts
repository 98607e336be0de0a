import type { Counter } from '@opentelemetry/api'
import type { ComponentSettings } from '../../config/component.ts'
import { telemetryMetrics } from '../../generated/metrics.ts'
import type { SignalName } from '../../model/signal.ts'

/** Why points were dropped without a backend's verdict. */
export type DropReason =
  | 'backlog'
  | 'damaged'
  | 'encoding'
  | 'expired'
  | 'queue_full'
  | 'superseded'
  | 'too_large'
  | 'shutdown'
  | 'write_failed'

type Items = 'points' | 'log_records'
type CounterName =
  | `nettracer.exporter.${'sent' | 'failed' | 'rejected' | 'dropped'}_${Items}`
  | 'nettracer.exporter.retries'

/** What became of an exporter's data points or log records, in the agent's own metrics. Each is counted once. */
export class Outcomes {
  readonly #attributes: { 'otel.component.name': string }
  readonly #signal: SignalName
  readonly #sent: Counter
  readonly #failed: Counter
  readonly #rejected: Counter
  readonly #dropped: Counter
  readonly #retries: Counter

  constructor({ id, telemetry }: ComponentSettings, signal: SignalName) {
    const counter = (name: CounterName) => {
      const { unit, description } = telemetryMetrics[name]
      return telemetry.meter.createCounter(name, { unit, description })
    }
    const items: Items = signal === 'metrics' ? 'points' : 'log_records'
    this.#signal = signal
    this.#attributes = { 'otel.component.name': id }
    this.#sent = counter(`nettracer.exporter.sent_${items}`)
    this.#failed = counter(`nettracer.exporter.failed_${items}`)
    this.#rejected = counter(`nettracer.exporter.rejected_${items}`)
    this.#dropped = counter(`nettracer.exporter.dropped_${items}`)
    this.#retries = counter('nettracer.exporter.retries')
  }

  /** Taken by the backend. */
  sent(items: number): void {
    this.#sent.add(items, this.#attributes)
  }

  /** Given up after at least one attempt. */
  failed(items: number): void {
    this.#failed.add(items, this.#attributes)
  }

  /** Refused by a backend that took the rest of the request. */
  rejected(items: number): void {
    this.#rejected.add(items, this.#attributes)
  }

  /** A request is sent again. */
  retried(): void {
    this.#retries.add(1, { ...this.#attributes, 'nettracer.signal': this.#signal })
  }

  dropped(items: number, reason: DropReason): void {
    this.#dropped.add(items, { ...this.#attributes, 'nettracer.drop.reason': reason })
  }
}
