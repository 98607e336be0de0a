import type { z } from 'zod'
import { otlpHttpConfig } from '../../../src/exporter/otlphttp/config.ts'
import { OtlpHttpExporter } from '../../../src/exporter/otlphttp/exporter.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

export type Input = z.input<typeof otlpHttpConfig>

/** Waits short enough for a test; each may be set otherwise. */
export const quick = { initial_interval: '20ms', max_interval: '50ms', max_elapsed_time: '20s' }

/** An exporter that is not started yet, and what it says of itself. */
export function exporterWith(config: Input, environment: Record<string, string> = {}) {
  const recorded = recordedSettings('otlphttp/test')
  const parsed = otlpHttpConfig.parse({ retry_on_failure: quick, ...config })
  const exporter = new OtlpHttpExporter(recorded.settings, parsed, environment)
  const count = async (outcome: string, labels = '') => {
    const readings = await recorded.readings()
    const signal = /^(retries|queue)/.test(outcome) ? ',nettracer.signal=metrics' : ''
    const attributes = `otel.component.name=otlphttp/test${signal}${labels}`
    return readings[`nettracer.exporter.${outcome}{${attributes}}`] ?? 0
  }
  return { exporter, count, ...recorded }
}

export const points = (count: number, from = 0) => metricsOf(resource([manyPoints(count, from)]))
