import type { ComponentSettings } from '../../config/component.ts'
import { proxyFromEnvironment } from '../wire/http/proxy.ts'
import { hasSuffixes } from '../wire/prometheus/naming-config.ts'
import { queueConfig } from '../wire/queue-config.ts'
import { ReloadingTransport } from '../wire/reloading-transport.ts'
import { type Delivery, QueuedMetricsExporter } from '../wire/signal-exporter.ts'
import type { RemoteWriteConfig } from './config.ts'
import { halveRequest } from './halve-request.ts'
import { RemoteWriteWire } from './remote-write-wire.ts'
import { RequestV1, SERIES_FIELD_V1 } from './request-v1.ts'
import { RequestV2, SERIES_FIELD_V2 } from './request-v2.ts'

const DEFAULT_DRAIN_MS = 5000

type Environment = Readonly<Record<string, string | undefined>>

/** Sends metrics by Prometheus' remote write. */
export class RemoteWriteExporter extends QueuedMetricsExporter {
  /** @param environment names proxies */
  constructor(settings: ComponentSettings, config: RemoteWriteConfig, environment: Environment) {
    const isV1 = config.protobuf_message === 'prometheus.WriteRequest'
    const seriesField = isV1 ? SERIES_FIELD_V1 : SERIES_FIELD_V2
    super(settings, 'cumulative', deliveryOf(settings, config, environment), {
      wire: wireOf(config),
      maxBytes: config.max_batch_size_bytes,
      halve: (request) => halveRequest(request, seriesField),
    })
  }
}

function wireOf(config: RemoteWriteConfig): RemoteWriteWire {
  const { resource_to_telemetry_conversion: conversion, send_metadata: hasMetadata } = config
  return new RemoteWriteWire({
    namespace: config.namespace,
    hasSuffixes: hasSuffixes(config),
    constLabels: {},
    isWithoutScope: false,
    hasResourceLabels: conversion.enabled,
    excludesServiceAttributes: conversion.exclude_service_attributes,
    externalLabels: config.external_labels,
    hasTargetInfo: config.target_info.enabled,
    createBody:
      config.protobuf_message === 'prometheus.WriteRequest'
        ? () => new RequestV1({ hasMetadata })
        : () => new RequestV2(),
  })
}

function deliveryOf(
  component: ComponentSettings,
  config: RemoteWriteConfig,
  environment: Environment,
): Delivery {
  return {
    queue: queueConfig.parse(config.remote_write_queue),
    retry: config.retry_on_failure,
    drainMs: config.timeout === 0 ? DEFAULT_DRAIN_MS : config.timeout,
    encoding: 'proto',
    async connect() {
      const url = new URL(config.endpoint)
      const proxy =
        config.proxy_url === undefined
          ? proxyFromEnvironment(url, environment)
          : new URL(config.proxy_url)
      const { HttpTransport } = await import('../wire/http/http-transport.ts')
      const { remoteWriteProtocol } = await import('./protocol.ts')
      const protocol = remoteWriteProtocol(config.protobuf_message)
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
