import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { ComponentSettings } from '../../config/component.ts'
import type { MetricsExporter } from '../../model/component.ts'
import type { Metrics } from '../../model/metrics.ts'
import { messageOf, NettracerError } from '../../shared/errors.ts'
import { formatEndpoint } from '../../shared/listen.ts'
import { parseEndpoint } from '../../shared/listen-address.ts'
import { hasSuffixes } from '../wire/prometheus/naming-config.ts'
import type { PrometheusConfig } from './config.ts'
import type { PageFormat } from './negotiation.ts'
import { writePage } from './page.ts'
import { ProtobufPages } from './protobuf-page.ts'
import type { TlsSettings } from './scrape-server.ts'
import { ScrapeServer } from './scrape-server.ts'
import { createScrapeTelemetry } from './scrape-telemetry.ts'
import { SeriesStore } from './series-store.ts'

const maxSweepMs = 30_000

/** Keeps the last point of each series and shows them to whoever scrapes. Sends nothing by itself. */
export class PrometheusExporter implements MetricsExporter {
  readonly temporality = 'cumulative'
  readonly #settings: ComponentSettings
  readonly #config: PrometheusConfig
  readonly #store: SeriesStore
  readonly #protobufPages: ProtobufPages
  readonly #telemetry: ReturnType<typeof createScrapeTelemetry>
  #server: ScrapeServer | undefined
  #address: AddressInfo | undefined
  #sweep: NodeJS.Timeout | undefined

  constructor(settings: ComponentSettings, config: PrometheusConfig) {
    this.#settings = settings
    this.#config = config
    this.#telemetry = createScrapeTelemetry(settings)
    this.#protobufPages = new ProtobufPages({ hasTimestamps: config.send_timestamps })
    const conversion = config.resource_to_telemetry_conversion
    this.#store = new SeriesStore(
      {
        namespace: config.namespace,
        hasSuffixes: hasSuffixes(config),
        constLabels: config.const_labels,
        isWithoutScope: config.without_scope_info,
        hasResourceLabels: conversion.enabled,
        excludesServiceAttributes: conversion.exclude_service_attributes,
        expirationMs: config.metric_expiration,
      },
      (reason, points) => this.#telemetry.dropped(reason, points),
    )
  }

  /** Where it listens; `undefined` before the start. */
  get address(): AddressInfo | undefined {
    return this.#address
  }

  async start(): Promise<void> {
    const config = this.#config
    const tls = config.tls === undefined ? {} : { tls: await readTls(config.tls) }
    const endpoint = parseEndpoint(config.endpoint) ?? { port: 0 }
    const server = new ScrapeServer({
      endpoint,
      ...tls,
      hasOpenMetrics: config.enable_open_metrics,
      isKeepingAlive: config.keep_alives_enabled,
      readHeaderTimeoutMs: config.read_header_timeout,
      readTimeoutMs: config.read_timeout,
      writeTimeoutMs: config.write_timeout,
      idleTimeoutMs: config.idle_timeout,
      writePage: (format) => this.#writePage(format),
      onScrape: (outcome) => this.#telemetry.scraped(outcome),
      onError: (error) => this.#onServerError(error),
    })
    this.#address = await server.listen()
    this.#server = server
    const scheme = config.tls === undefined ? 'http' : 'https'
    const address = formatEndpoint({ host: this.#address.address, port: this.#address.port })
    this.#settings.telemetry.logger.info('serving metrics', {
      url: `${scheme}://${address}/metrics`,
    })
    this.#sweep = setInterval(
      () => this.#store.expire(performance.now()),
      Math.min(maxSweepMs, config.metric_expiration),
    ).unref()
  }

  consume(metrics: Metrics): void {
    this.#store.update(metrics, performance.now())
  }

  async shutdown(): Promise<void> {
    clearInterval(this.#sweep)
    this.#sweep = undefined
    const server = this.#server
    this.#server = undefined
    await server?.close()
  }

  #onServerError(error: Error): void {
    // Before the server listens, start() throws it.
    if (this.#address === undefined) return
    const { logger } = this.#settings.telemetry
    logger.limited('error', 'scrape_server', 'the Prometheus endpoint failed', {
      error: error.message,
    })
  }

  #writePage(format: PageFormat): Iterable<string | Uint8Array> {
    this.#store.expire(performance.now())
    this.#telemetry.served(this.#store.size)
    const hasTimestamps = this.#config.send_timestamps
    const families = this.#store.snapshot()
    if (format === 'protobuf') return this.#protobufPages.write(families)
    return writePage(families, { isOpenMetrics: format === 'openmetrics', hasTimestamps })
  }
}

async function readTls(config: NonNullable<PrometheusConfig['tls']>): Promise<TlsSettings> {
  const clientCa =
    config.client_ca_file === undefined ? {} : { clientCa: await readPem(config.client_ca_file) }
  return {
    cert: await readPem(config.cert_file),
    key: await readPem(config.key_file),
    minVersion: `TLSv${config.min_version}`,
    ...clientCa,
  }
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (thrown) {
    throw new NettracerError(
      'NETTRACER_ERR_CONFIG_UNREADABLE',
      `cannot read ${path}: ${messageOf(thrown)}`,
      {
        cause: thrown,
      },
    )
  }
}
