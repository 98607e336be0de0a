// An exporter with a queue on disk and points of its own making, in a process that may be killed.
import { setInterval } from 'node:timers'
import type { HrTime } from '@opentelemetry/api'
import { otlpConfig } from '../src/exporter/otlp/config.ts'
import { OtlpExporter } from '../src/exporter/otlp/exporter.ts'
import { fileStorageConfig } from '../src/extension/file_storage/config.ts'
import { FileStorage } from '../src/extension/file_storage/extension.ts'
import type { Metrics } from '../src/model/metrics.ts'
import { metricsOf, resource, sum } from '../test/support/metrics.ts'
import { recordedSettings } from '../test/support/recorded-telemetry.ts'

export interface SenderSettings {
  readonly port: number
  readonly directory: string
  readonly intervalMs: number
  readonly points: number
  readonly services: number
  readonly timeout: string
}

export type SenderMessage =
  /** Handed to the exporter. */
  | { readonly timeMs: number; readonly rssBytes: number }
  /** At the end. */
  | { readonly readings: Readonly<Record<string, number>> }

/** The time of the interval and the number of the series make each point known again. */
function pointsAt(timeMs: number, { points, services }: SenderSettings): Metrics {
  const endTime: HrTime = [Math.floor(timeMs / 1000), (timeMs % 1000) * 1e6]
  const startTime: HrTime = [1_767_323_045, 0]
  const perService = Math.ceil(points / services)
  const resources = Array.from({ length: services }, (_, service) => {
    const first = service * perService
    const count = Math.max(0, Math.min(perService, points - first))
    const dataPoints = Array.from({ length: count }, (__, at) => ({
      startTime,
      endTime,
      value: first + at,
      attributes: { 'network.transport': 'tcp', 'nettracer.role': 'client', 'server.port': 5432 },
    }))
    return resource([sum(dataPoints, { name: 'nettracer.bytes_tx', unit: 'By' })], {
      'service.name': `service-${service}`,
      'service.instance.id': `0f6a7f4e-4f5e-4b3c-8d9a-${String(service).padStart(12, '0')}`,
    })
  })
  return metricsOf(...resources)
}

const settings: SenderSettings = JSON.parse(process.argv[2] ?? '{}')
const storage = new FileStorage(
  recordedSettings('file_storage').settings,
  fileStorageConfig.parse({ directory: settings.directory, timeout: '10s' }),
)
await storage.start()
const recorded = recordedSettings('otlp', { storage: () => storage })
const exporter = new OtlpExporter(
  recorded.settings,
  otlpConfig.parse({
    endpoint: `127.0.0.1:${settings.port}`,
    tls: { insecure: true },
    timeout: settings.timeout,
    retry_on_failure: { max_elapsed_time: '0s' },
    sending_queue: { storage: 'file_storage' },
  }),
)
await exporter.start()

const tell = (message: SenderMessage) => process.send?.(message)
const ticker = setInterval(() => {
  const timeMs = Date.now()
  exporter.consume(pointsAt(timeMs, settings))
  tell({ timeMs, rssBytes: process.memoryUsage.rss() })
}, settings.intervalMs)

process.once('SIGTERM', () => {
  clearInterval(ticker)
  void exporter
    .shutdown()
    .then(async () => storage.shutdown())
    .then(async () => tell({ readings: await recorded.readings() }))
    .then(() => process.disconnect())
})
