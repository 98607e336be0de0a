import type { ComponentSettings } from '../../config/component.ts'
import { NettracerError } from '../../shared/errors.ts'
import { ReloadingTransport } from '../wire/reloading-transport.ts'
import {
  type Delivery,
  QueuedLogsExporter,
  QueuedMetricsExporter,
} from '../wire/signal-exporter.ts'
import { temporalityOf } from '../wire/temporality-config.ts'
import { type OtlpConfig, speaksTls } from './config.ts'
import { parseEndpoint } from './endpoint.ts'

const DEFAULT_DRAIN_MS = 5000

/** Sends metrics as OTLP over gRPC. */
export class OtlpExporter extends QueuedMetricsExporter {
  constructor(settings: ComponentSettings, config: OtlpConfig) {
    super(settings, temporalityOf(config), deliveryOf(settings, config))
  }
}

/** Sends log records as OTLP over gRPC. */
export class OtlpLogsExporter extends QueuedLogsExporter {
  constructor(settings: ComponentSettings, config: OtlpConfig) {
    super(settings, deliveryOf(settings, config))
  }
}

function deliveryOf(component: ComponentSettings, config: OtlpConfig): Delivery {
  return {
    queue: config.sending_queue,
    retry: config.retry_on_failure,
    drainMs: config.timeout === 0 ? DEFAULT_DRAIN_MS : config.timeout,
    encoding: 'proto',
    async connect(signal, onReachable) {
      const endpoint = parseEndpoint(config.endpoint)
      if (typeof endpoint === 'string') {
        throw new NettracerError('NETTRACER_ERR_CONFIG_INVALID', `endpoint: ${endpoint}`)
      }
      const { GrpcTransport } = await import('./grpc-transport.ts')
      const userAgent = `otel-nettracer/${component.version}`
      return new ReloadingTransport({
        component,
        tls: speaksTls(config) ? config.tls : undefined,
        open: (tls) => new GrpcTransport({ endpoint, config, tls, userAgent, signal, onReachable }),
      })
    },
  }
}
