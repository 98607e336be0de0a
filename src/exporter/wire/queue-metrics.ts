import type { ObservableResult } from '@opentelemetry/api'
import type { ComponentSettings } from '../../config/component.ts'
import { telemetryMetrics } from '../../generated/metrics.ts'
import type { SignalName } from '../../model/signal.ts'
import type { DiskCopies } from './disk-copies.ts'
import type { RequestQueue } from './request-queue.ts'

/** Reports a queue in the agent's own metrics. @returns what ends it */
export function observeQueue(
  { id, telemetry }: ComponentSettings,
  signal: SignalName,
  queue: RequestQueue,
  copies: DiskCopies | undefined,
): () => void {
  const observed = [
    ['nettracer.exporter.queue.length', () => queue.used],
    ['nettracer.exporter.queue.capacity', () => queue.capacity],
    ['nettracer.exporter.queue.bytes', () => queue.bytes],
    ...(copies === undefined
      ? []
      : [['nettracer.exporter.queue.stored', () => copies.count] as const]),
  ] as const
  const stops = observed.map(([name, read]) => {
    const { unit, description } = telemetryMetrics[name]
    const gauge = telemetry.meter.createObservableGauge(name, { unit, description })
    const report = (result: ObservableResult) =>
      result.observe(read(), { 'otel.component.name': id, 'nettracer.signal': signal })
    gauge.addCallback(report)
    return () => gauge.removeCallback(report)
  })
  return () => {
    for (const stop of stops) stop()
  }
}
