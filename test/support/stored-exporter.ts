import { onTestFinished } from 'vitest'
import type { z } from 'zod'
import { otlpConfig } from '../../src/exporter/otlp/config.ts'
import { OtlpExporter } from '../../src/exporter/otlp/exporter.ts'
import type { Storage } from '../../src/model/storage.ts'
import { manyPoints, metricsOf, resource } from './metrics.ts'
import { type Answer, OtlpReceiver } from './otlp-server.ts'
import { recordedSettings } from './recorded-telemetry.ts'
import { lending } from './storage.ts'

const quick = { initial_interval: '20ms', max_interval: '50ms', max_elapsed_time: '0s' }
export const points = (count: number, from = 0) => metricsOf(resource([manyPoints(count, from)]))

export async function receiver(answer?: (count: number) => Answer | Promise<Answer>) {
  const server = await OtlpReceiver.start(answer === undefined ? {} : { answer })
  onTestFinished(() => server.stop())
  return server
}

/** An exporter whose queue is in a storage, with its own counters. */
export async function exporting(
  storage: Storage,
  port: number,
  config: Partial<z.input<typeof otlpConfig>> = {},
) {
  const recorded = recordedSettings('otlp', lending(storage))
  const exporter = new OtlpExporter(
    recorded.settings,
    otlpConfig.parse({
      endpoint: `127.0.0.1:${port}`,
      tls: { insecure: true },
      retry_on_failure: quick,
      ...config,
      sending_queue: { storage: 'file_storage', ...config.sending_queue },
    }),
  )
  await exporter.start()
  onTestFinished(async () => exporter.shutdown())
  const count = async (outcome: string, labels = '') => {
    const own = /^(retries|queue|storage)/.test(outcome) ? ',nettracer.signal=metrics' : ''
    const readings = await recorded.readings()
    return readings[`nettracer.exporter.${outcome}{otel.component.name=otlp${own}${labels}}`] ?? 0
  }
  const dropped = async (reason: string) =>
    count('dropped_points', `,nettracer.drop.reason=${reason}`)
  return { exporter, count, dropped, lines: recorded.lines }
}
