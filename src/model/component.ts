import type { Logs } from './logs.ts'
import type { Metrics, Temporality } from './metrics.ts'
import type { Storage } from './storage.ts'

/** A part of a pipeline that is started and stopped: consumers before what feeds them, and stopped in reverse. */
export interface Component {
  /** @throws NettracerError where it cannot run at all (an address that is taken); never because a backend is away */
  start(): Promise<void>
  /** Hands on or sends what it holds, within its own timeout. Safe to call twice, and without a start. */
  shutdown(): Promise<void>
  /**
   * Resolves when it holds nothing any more that is to be sent, or the signal aborts. For one that nothing leads to any
   * more, while others go on: it need not hurry. Absent: it holds nothing, or sends it at once.
   */
  idle?(signal: AbortSignal): Promise<void>
}

/** Beside the pipelines: it starts before all that is in them, and stops after it. */
export interface Extension extends Component {
  /** What its factory says it offers. */
  readonly storage?: Storage
}

/** Where a batch of a signal goes next. */
export interface Consumer<Batch> {
  /** Takes the batch over. Never blocks and never throws: what it cannot take it counts and logs. */
  consume(batch: Batch): void
  /**
   * Resolves when what was taken is worked off, as far as that is a matter of CPU; absent where `consume` does all of it.
   * Whoever hands on more than should be in memory at once waits for it. Never rejects, and never waits for a backend.
   */
  caughtUp?(): Promise<void>
}

export type MetricsConsumer = Consumer<Metrics>
export type LogsConsumer = Consumer<Logs>

export interface MetricsProcessor extends Component, MetricsConsumer {}
export interface LogsProcessor extends Component, LogsConsumer {}
export interface LogsExporter extends Component, LogsConsumer {}

export interface MetricsExporter extends Component, MetricsConsumer {
  /** What its backend wants; the receiver makes points for it accordingly. */
  readonly temporality: Temporality
}

/** One way out of a receiver: a pipeline's first consumer and the temporality its exporters want. */
export interface MetricsOutlet {
  readonly consumer: MetricsConsumer
  readonly temporality: Temporality
}
