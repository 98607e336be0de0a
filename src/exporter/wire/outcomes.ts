import type { Counter } from '@opentelemetry/api'
import type { ComponentSettings } from '../../config/component.ts'
import { telemetryMetrics } from '../../generated/metrics.ts'
import type { SignalName } from '../../model/signal.ts'
import type { Health } from '../../telemetry/telemetry.ts'
import type { UnfitReason } from './requests.ts'

/** A drop is a state of the exporter for so long. */
const DROPS_LAST_MS = 60_000

/** Why points were dropped without a backend's verdict. */
export type DropReason =
  | 'backlog'
  | 'damaged'
  | 'encoding'
  | 'no_group'
  | 'expired'
  | 'queue_full'
  | 'superseded'
  | 'too_large'
  | 'shutdown'
  | 'write_failed'
  | UnfitReason

type Items = 'points' | 'log_records'
type CounterName =
  | `nettracer.exporter.${'sent' | 'failed' | 'rejected' | 'dropped'}_${Items}`
  | 'nettracer.exporter.retries'

/** What became of an exporter's data points or log records, in the agent's own metrics. Each is counted once. */
export class Outcomes {
  readonly #attributes: { 'otel.component.name': string }
  readonly #signal: SignalName
  readonly #health: Health
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
    this.#health = telemetry.health
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
    this.#health.working('export')
  }

  /** Given up after at least one attempt. */
  failed(items: number): void {
    this.#failed.add(items, this.#attributes)
    this.#health.failing('export', 'requests were given up after an error: see the log')
  }

  /** Refused by a backend that took the rest of the request. */
  rejected(items: number): void {
    this.#rejected.add(items, this.#attributes)
  }

  /** A request is sent again. */
  retried(): void {
    this.#retries.add(1, { ...this.#attributes, 'nettracer.signal': this.#signal })
    this.#health.failing('export', 'requests fail and are sent again: see the log')
  }

  dropped(items: number, reason: DropReason): void {
    this.#dropped.add(items, { ...this.#attributes, 'nettracer.drop.reason': reason })
    const isTold = reason !== 'shutdown' && reason !== 'superseded'
    if (isTold) this.#health.failing('drops', `items are dropped: ${reason}`, DROPS_LAST_MS)
  }
}
