import type { ExporterFactory } from '../../config/component.ts'
import { storageUses } from '../wire/queue-config.ts'
import { temporalityOf } from '../wire/temporality-config.ts'
import { type KafkaConfig, kafkaConfig } from './config.ts'
import { KafkaExporter, KafkaLogsExporter } from './exporter.ts'

export const kafkaFactory: ExporterFactory<KafkaConfig> = {
  type: 'kafka',
  stability: 'beta',
  description: 'Writes OTLP requests to topics of Apache Kafka, each as one message.',
  config: kafkaConfig,
  remarks: ({ protocol_version: version }) =>
    version === undefined
      ? []
      : ['protocol_version is without effect: each broker is asked what it speaks'],
  uses: ({ sending_queue: queue }) => storageUses(queue),
  temporality: temporalityOf,
  temporalityKey: 'temporality_preference',
  create: (settings, config) => new KafkaExporter(settings, config),
  createLogs: (settings, config) => new KafkaLogsExporter(settings, config),
}
