import type { Logs } from './logs.ts'
import type { Metrics } from './metrics.ts'
import { splitLogs } from './split-logs.ts'
import { splitMetrics } from './split-metrics.ts'

export type SignalName = 'metrics' | 'logs'

/** What code that carries any signal must know of one. */
export interface Signal<Batch> {
  readonly name: SignalName
  /** What {@link sizeOf} counts, for a sentence. */
  readonly items: string
  sizeOf(batch: Batch): number
  /** Whether the next part of what it is a part of follows at once. */
  goesOn(batch: Batch): boolean
  /** In their order. */
  join(batches: readonly Batch[]): Batch
  /** The first `items`, and the rest. */
  split(batch: Batch, items: number): [head: Batch, tail: Batch]
}

export const metricsSignal: Signal<Metrics> = {
  name: 'metrics',
  items: 'data points',
  sizeOf: ({ points }) => points,
  goesOn: ({ goesOn }) => goesOn === true,
  join: (batches) => ({
    resourceMetrics: batches.flatMap(({ resourceMetrics }) => resourceMetrics),
    points: sum(batches.map(({ points }) => points)),
    goesOn: batches.at(-1)?.goesOn === true,
  }),
  split({ resourceMetrics, points, goesOn = false }, items) {
    const [head, tail] = splitMetrics(resourceMetrics, items)
    return [
      { resourceMetrics: head, points: Math.min(items, points), goesOn },
      { resourceMetrics: tail, points: Math.max(points - items, 0), goesOn },
    ]
  },
}

export const logsSignal: Signal<Logs> = {
  name: 'logs',
  items: 'log records',
  sizeOf: ({ records }) => records,
  goesOn: () => false,
  join: (batches) => ({
    resourceLogs: batches.flatMap(({ resourceLogs }) => resourceLogs),
    records: sum(batches.map(({ records }) => records)),
  }),
  split({ resourceLogs, records }, items) {
    const [head, tail] = splitLogs(resourceLogs, items)
    return [
      { resourceLogs: head, records: Math.min(items, records) },
      { resourceLogs: tail, records: Math.max(records - items, 0) },
    ]
  },
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}
