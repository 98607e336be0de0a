import { type Meter, type MetricOptions, ValueType } from '@opentelemetry/api'
import { type TelemetryMetricName, telemetryMetrics } from '../generated/metrics.ts'

/** What the agent costs its host: CPU time, resident memory, and for how long. */
export function observeProcess(meter: Meter): void {
  const cpu = definition('nettracer.exporter.cpu.time')
  meter.createObservableCounter(cpu.name, cpu).addCallback((result) => {
    const { user, system } = process.cpuUsage()
    result.observe(user / 1e6, { 'cpu.mode': 'user' })
    result.observe(system / 1e6, { 'cpu.mode': 'system' })
  })
  const rss = definition('nettracer.exporter.memory.rss')
  meter
    .createObservableGauge(rss.name, rss)
    .addCallback((result) => result.observe(process.memoryUsage.rss()))
  const uptime = definition('nettracer.exporter.uptime')
  meter
    .createObservableGauge(uptime.name, uptime)
    .addCallback((result) => result.observe(process.uptime()))
}

function definition(name: TelemetryMetricName): MetricOptions & { readonly name: string } {
  const { unit, description, valueType } = telemetryMetrics[name]
  return {
    name,
    unit,
    description,
    valueType: valueType === 'int' ? ValueType.INT : ValueType.DOUBLE,
  }
}
