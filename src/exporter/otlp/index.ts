import type { ExporterFactory } from '../../config/component.ts'
import { storageUses } from '../wire/queue-config.ts'
import { temporalityOf } from '../wire/temporality-config.ts'
import { type OtlpConfig, otlpConfig } from './config.ts'
import { OtlpExporter, OtlpLogsExporter } from './exporter.ts'

export const otlpFactory: ExporterFactory<OtlpConfig> = {
  type: 'otlp',
  aliases: ['otlp_grpc'],
  stability: 'beta',
  description: 'Sends OTLP over gRPC, for example to an OpenTelemetry Collector.',
  config: otlpConfig,
  temporality: temporalityOf,
  uses: ({ sending_queue: queue }) => storageUses(queue),
  temporalityKey: 'temporality_preference',
  create: (settings, config) => new OtlpExporter(settings, config),
  createLogs: (settings, config) => new OtlpLogsExporter(settings, config),
}
