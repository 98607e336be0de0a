import type { ComponentSettings } from '../../config/component.ts'
import type { SignalName } from '../../model/signal.ts'
import { ReloadingTransport } from '../wire/reloading-transport.ts'
import {
  type Delivery,
  QueuedLogsExporter,
  QueuedMetricsExporter,
} from '../wire/signal-exporter.ts'
import { temporalityOf } from '../wire/temporality-config.ts'
import { type KafkaConfig, tlsOf } from './config.ts'
import { requireNode } from './node-version.ts'
import { maxRequestBytesOf } from './producer-config.ts'

const DEFAULT_DRAIN_MS = 5000

/** Writes metrics to a topic of Kafka. */
export class KafkaExporter extends QueuedMetricsExporter {
  constructor(settings: ComponentSettings, config: KafkaConfig) {
    super(settings, temporalityOf(config), deliveryOf(settings, config, 'metrics'))
  }
}

/** Writes log records to a topic of Kafka. */
export class KafkaLogsExporter extends QueuedLogsExporter {
  constructor(settings: ComponentSettings, config: KafkaConfig) {
    super(settings, deliveryOf(settings, config, 'logs'))
  }
}

function deliveryOf(
  component: ComponentSettings,
  config: KafkaConfig,
  signal: SignalName,
): Delivery {
  return {
    queue: config.sending_queue,
    retry: config.retry_on_failure,
    drainMs: config.timeout === 0 ? DEFAULT_DRAIN_MS : config.timeout,
    encoding: config[signal].encoding === 'otlp_json' ? 'json' : 'proto',
    maxRequestBytes: maxRequestBytesOf(config.producer),
    async connect() {
      requireNode(process.versions.node)
      // The client is loaded by nobody who sends to no broker.
      const { KafkaTransport } = await import('./kafka-transport.ts')
      return new ReloadingTransport({
        component,
        tls: tlsOf(config),
        open: (tls) => new KafkaTransport({ config, signal, tls }),
      })
    },
  }
}
