import type { ComponentSettings } from '../../config/component.ts'
import type { SignalName } from '../../model/signal.ts'
import { NettracerError } from '../../shared/errors.ts'
import { proxyFromEnvironment } from '../wire/http/proxy.ts'
import { ReloadingTransport } from '../wire/reloading-transport.ts'
import {
  type Delivery,
  QueuedLogsExporter,
  QueuedMetricsExporter,
} from '../wire/signal-exporter.ts'
import { temporalityOf } from '../wire/temporality-config.ts'
import type { OtlpHttpConfig } from './config.ts'
import { missingEndpoint, urlOf } from './endpoint.ts'
import { otlpProtocol } from './protocol.ts'

const MAX_DRAIN_MS = 10_000

type Environment = Readonly<Record<string, string | undefined>>

/** Sends metrics as OTLP over HTTP. */
export class OtlpHttpExporter extends QueuedMetricsExporter {
  /** @param environment names proxies */
  constructor(settings: ComponentSettings, config: OtlpHttpConfig, environment: Environment) {
    super(settings, temporalityOf(config), deliveryOf(settings, config, environment))
  }
}

/** Sends log records as OTLP over HTTP. */
export class OtlpHttpLogsExporter extends QueuedLogsExporter {
  /** @param environment names proxies */
  constructor(settings: ComponentSettings, config: OtlpHttpConfig, environment: Environment) {
    super(settings, deliveryOf(settings, config, environment))
  }
}

function deliveryOf(
  component: ComponentSettings,
  config: OtlpHttpConfig,
  environment: Environment,
): Delivery {
  return {
    queue: config.sending_queue,
    retry: config.retry_on_failure,
    drainMs: config.timeout === 0 ? MAX_DRAIN_MS : Math.min(config.timeout, MAX_DRAIN_MS),
    encoding: config.encoding,
    async connect(signal) {
      const url = givenUrl(config, signal)
      const proxy =
        config.proxy_url === undefined
          ? proxyFromEnvironment(url, environment)
          : new URL(config.proxy_url)
      const { HttpTransport } = await import('../wire/http/http-transport.ts')
      const protocol = otlpProtocol(config)
      const userAgent = `otel-nettracer/${component.version}`
      const isTls = url.protocol === 'https:' || proxy?.protocol === 'https:'
      return new ReloadingTransport({
        component,
        tls: isTls ? config.tls : undefined,
        open: (tls) => new HttpTransport({ url, proxy, tls, config, protocol, userAgent }),
      })
    },
  }
}

function givenUrl(config: OtlpHttpConfig, signal: SignalName): URL {
  const url = urlOf(config, signal)
  if (url !== undefined) return url
  throw new NettracerError('NETTRACER_ERR_CONFIG_INVALID', missingEndpoint(signal))
}
