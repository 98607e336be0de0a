import type { ExporterFactory } from '../../config/component.ts'
import { storageUses } from '../wire/queue-config.ts'
import { temporalityOf } from '../wire/temporality-config.ts'
import { type OtlpHttpConfig, otlpHttpConfig } from './config.ts'
import { missingEndpoint, urlOf } from './endpoint.ts'
import { OtlpHttpExporter, OtlpHttpLogsExporter } from './exporter.ts'

export const otlpHttpFactory: ExporterFactory<OtlpHttpConfig> = {
  type: 'otlphttp',
  aliases: ['otlp_http'],
  stability: 'beta',
  description: 'Sends OTLP over HTTP, for example to an OpenTelemetry Collector or to Prometheus.',
  config: otlpHttpConfig,
  remarks: ({ traces_endpoint: traces, profiles_endpoint: profiles }) =>
    traces === undefined && profiles === undefined
      ? []
      : ['there are no traces and profiles here: their endpoints are without effect'],
  uses: ({ sending_queue: queue }) => storageUses(queue),
  temporality: temporalityOf,
  temporalityKey: 'temporality_preference',
  unfitFor: (config, signal) =>
    urlOf(config, signal) === undefined ? missingEndpoint(signal) : undefined,
  create: (settings, config) => new OtlpHttpExporter(settings, config, process.env),
  createLogs: (settings, config) => new OtlpHttpLogsExporter(settings, config, process.env),
}
