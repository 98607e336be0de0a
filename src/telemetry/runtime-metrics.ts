import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Meter } from '@opentelemetry/api'
import { telemetryMetrics } from '../generated/metrics.ts'

const resolutionMs = 20

/** What Node.js says of itself: heap, and how late timers were since the last reading. */
export class RuntimeMetrics {
  #delays: ReturnType<typeof monitorEventLoopDelay> | undefined

  constructor(meter: Meter) {
    const heap = telemetryMetrics['nettracer.exporter.memory.heap']
    meter
      .createObservableGauge(heap.name, { unit: heap.unit, description: heap.description })
      .addCallback((result) => {
        if (this.#delays !== undefined) result.observe(process.memoryUsage().heapUsed)
      })
    const delay = telemetryMetrics['nettracer.exporter.event_loop.delay']
    meter
      .createObservableGauge(delay.name, { unit: delay.unit, description: delay.description })
      .addCallback((result) => {
        const delays = this.#delays
        if (delays === undefined || delays.count === 0) return
        result.observe(delays.max / 1e9)
        delays.reset()
      })
  }

  /** It costs a timer. */
  set isOn(wanted: boolean) {
    if (wanted === (this.#delays !== undefined)) return
    this.#delays?.disable()
    this.#delays = wanted ? monitorEventLoopDelay({ resolution: resolutionMs }) : undefined
    this.#delays?.enable()
  }
}
