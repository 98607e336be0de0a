import type { ComponentSettings } from '../../config/component.ts'
import { telemetryMetrics } from '../../generated/metrics.ts'
import type {
  LogsConsumer,
  LogsProcessor,
  MetricsConsumer,
  MetricsProcessor,
} from '../../model/component.ts'
import { HeldMetrics } from '../../model/held-metrics.ts'
import type { Logs } from '../../model/logs.ts'
import type { Metrics } from '../../model/metrics.ts'
import type { MemoryLimiterConfig } from './config.ts'
import { type Memory, MemoryGate, processMemory } from './gate.ts'

/** One point each for as many series: some 50 MB. */
const mostHeld = 100_000

/**
 * While memory is short metrics wait, one point for each series: growth is added up, of all else the newest stays. A
 * receiver cannot be told to wait, as the Collector's tells it: the kernel counts on.
 */
export class MetricsLimiter implements MetricsProcessor {
  readonly #gate: MemoryGate
  readonly #held: HeldMetrics
  readonly #next: MetricsConsumer
  /** The last part that went on is not the last of its collection. */
  #isCut = false

  constructor(
    settings: ComponentSettings,
    config: MemoryLimiterConfig,
    next: MetricsConsumer,
    memory: Memory = processMemory,
  ) {
    const drop = dropCounter(settings, 'nettracer.exporter.dropped_points')
    this.#next = next
    this.#gate = new MemoryGate(settings, config, memory, () => this.#release())
    this.#held = new HeldMetrics({
      maxPoints: mostHeld,
      onDropped: (points) => drop(points, 'memory'),
      onSuperseded: (points) => drop(points, 'superseded'),
    })
  }

  async start(): Promise<void> {
    this.#gate.start()
  }

  consume(metrics: Metrics): void {
    if (this.#gate.isOpen) {
      this.#next.consume(metrics)
      this.#isCut = metrics.goesOn === true
      return
    }
    // Nobody must wait for the rest of a collection.
    if (this.#isCut) this.#next.consume({ resourceMetrics: [], points: 0 })
    this.#isCut = false
    this.#held.add(metrics)
  }

  async caughtUp(): Promise<void> {
    await this.#next.caughtUp?.()
  }

  async shutdown(): Promise<void> {
    this.#gate.stop()
    this.#release()
  }

  #release(): void {
    const held = this.#held.take()
    if (held !== undefined) this.#next.consume(held)
  }
}

/** While memory is short log records are dropped: there is no sum of them. */
export class LogsLimiter implements LogsProcessor {
  readonly #gate: MemoryGate
  readonly #drop: ReturnType<typeof dropCounter>
  readonly #next: LogsConsumer

  constructor(
    settings: ComponentSettings,
    config: MemoryLimiterConfig,
    next: LogsConsumer,
    memory: Memory = processMemory,
  ) {
    this.#next = next
    this.#drop = dropCounter(settings, 'nettracer.exporter.dropped_log_records')
    this.#gate = new MemoryGate(settings, config, memory, () => {})
  }

  async start(): Promise<void> {
    this.#gate.start()
  }

  consume(logs: Logs): void {
    if (this.#gate.isOpen) this.#next.consume(logs)
    else this.#drop(logs.records, 'memory')
  }

  async caughtUp(): Promise<void> {
    await this.#next.caughtUp?.()
  }

  async shutdown(): Promise<void> {
    this.#gate.stop()
  }
}

function dropCounter(
  { id, telemetry }: ComponentSettings,
  name: 'nettracer.exporter.dropped_points' | 'nettracer.exporter.dropped_log_records',
) {
  const { unit, description } = telemetryMetrics[name]
  const counter = telemetry.meter.createCounter(name, { unit, description })
  return (items: number, reason: 'memory' | 'superseded') => {
    counter.add(items, { 'otel.component.name': id, 'nettracer.drop.reason': reason })
  }
}
