import type { ComponentSettings } from '../../config/component.ts'
import type { Component, Consumer, LogsExporter, MetricsExporter } from '../../model/component.ts'
import { HeldMetrics } from '../../model/held-metrics.ts'
import type { Logs } from '../../model/logs.ts'
import type { Metrics, Temporality } from '../../model/metrics.ts'
import { logsSignal, metricsSignal, type Signal } from '../../model/signal.ts'
import { messageOf, NettracerError } from '../../shared/errors.ts'
import { HandOver, type Hold } from '../wire/hand-over.ts'
import { type DropReason, Outcomes } from '../wire/outcomes.ts'
import { Sender } from '../wire/sender.ts'
import type { Wire } from '../wire/serializer.ts'
import { Channel } from './channel.ts'
import { type OtlpConfig, temporalityOf } from './config.ts'
import { parseEndpoint } from './endpoint.ts'

/** Receivers commonly refuse more than 4 MiB, also after decompression. */
const MAX_REQUEST_BYTES = 3.5 * 1024 * 1024

/** A few of the largest collections. What is encoded waits in the queue instead. */
const MAX_UNENCODED_ITEMS = 1_000_000

/** Deltas that wait for a full queue take some 430 bytes a point: about 100 MiB. */
const MAX_HELD_POINTS = 250_000

const DEFAULT_DRAIN_MS = 5000

interface Running<Batch> {
  readonly channel: Channel
  readonly sender: Sender
  readonly wire: Wire<Batch>
}

/** What one signal has of its own. */
interface OtlpSignal<Batch> {
  readonly signal: Signal<Batch>
  /** Loaded at the start only, so that nothing else pays for it. */
  readonly loadWire: () => Promise<Wire<Batch>>
  /** Where batches are put together that a full queue has no room for; without it the oldest are dropped. */
  readonly createHold?: (on: {
    readonly onDropped: (items: number) => void
    readonly onSuperseded: (items: number) => void
  }) => Hold<Batch>
}

/** Sends one signal as OTLP over gRPC: encoded and split in the background, queued in memory, retried. */
class OtlpSignalExporter<Batch> implements Component, Consumer<Batch> {
  readonly #kind: OtlpSignal<Batch>
  readonly #settings: ComponentSettings
  readonly #config: OtlpConfig
  readonly #outcomes: Outcomes
  readonly #handOver: HandOver<Batch>
  #running: Running<Batch> | undefined
  #stopping: Promise<void> | undefined

  constructor(kind: OtlpSignal<Batch>, settings: ComponentSettings, config: OtlpConfig) {
    this.#kind = kind
    this.#settings = settings
    this.#config = config
    this.#outcomes = new Outcomes(settings, kind.signal.name)
    const onDropped = (items: number) => this.#drop(items, 'backlog', 'encoding fell behind')
    const onSuperseded = (items: number) =>
      this.#drop(items, 'superseded', 'the queue was full until newer values came')
    this.#handOver = new HandOver({
      signal: kind.signal,
      maxItems: MAX_UNENCODED_ITEMS,
      work: async (batch) => this.#encode(batch),
      onDropped,
      onFailed: (items, error) => this.#drop(items, 'encoding', messageOf(error)),
      hold: kind.createHold?.({ onDropped, onSuperseded }),
      isStalled: () => this.#running?.sender.isStalled ?? false,
    })
  }

  /** @throws NettracerError if a certificate or key cannot be used */
  async start(): Promise<void> {
    if (this.#running !== undefined) return
    const endpoint = parseEndpoint(this.#config.endpoint)
    if (typeof endpoint === 'string') {
      throw new NettracerError('NETTRACER_ERR_CONFIG_INVALID', `endpoint: ${endpoint}`)
    }
    const [{ GrpcTransport }, wire] = await Promise.all([
      import('./grpc-transport.ts'),
      this.#kind.loadWire(),
    ])
    const config = this.#config
    const userAgent = `otel-nettracer/${this.#settings.version}`
    const channel = new Channel(this.#settings, config, (tls) => {
      return new GrpcTransport({ endpoint, config, tls, userAgent, wire })
    })
    const sender = new Sender(this.#settings, {
      queue: config.sending_queue,
      retry: config.retry_on_failure,
      drainMs: config.timeout === 0 ? DEFAULT_DRAIN_MS : config.timeout,
      attempt: async (request, signal) => channel.current.attempt(request, signal),
      outcomes: this.#outcomes,
      signal: this.#kind.signal,
    })
    this.#running = { channel, sender, wire }
    this.#stopping = undefined
  }

  consume(batch: Batch): void {
    if (this.#running !== undefined) this.#handOver.offer(batch)
    else this.#drop(this.#kind.signal.sizeOf(batch), 'shutdown', 'it is not running')
  }

  async shutdown(): Promise<void> {
    this.#stopping ??= this.#stop()
    await this.#stopping
  }

  async #stop(): Promise<void> {
    this.#running?.sender.limitWaits()
    await this.#handOver.idle()
    const running = this.#running
    this.#running = undefined
    await running?.sender.shutdown()
    running?.channel.close()
  }

  async #encode(batch: Batch): Promise<void> {
    const { sender, wire } = this.#running ?? {}
    if (sender === undefined || wire === undefined) return
    await wire.write(batch, {
      maxRequestBytes: MAX_REQUEST_BYTES,
      onRequest: async (request) => {
        if (this.#kind.createHold === undefined) sender.send(request)
        else await sender.sendWithRoom(request)
      },
      onTooLarge: (items) => this.#drop(items, 'too_large', 'larger than a request may be'),
    })
  }

  #drop(items: number, reason: DropReason, why: string): void {
    this.#outcomes.dropped(items, reason)
    const { logger } = this.#settings.telemetry
    const fields = { items, reason: why }
    const message = `Some ${this.#kind.signal.items} are dropped unsent`
    logger.limited('warn', `dropped_${reason}`, message, fields)
  }
}

const metricsKind: OtlpSignal<Metrics> = {
  signal: metricsSignal,
  loadWire: async () => (await import('../wire/serializer.ts')).metricsWire,
}

/** Growth that is dropped is missing for ever; totals come again. */
const deltaKind: OtlpSignal<Metrics> = {
  ...metricsKind,
  createHold: (on) => new HeldMetrics({ maxPoints: MAX_HELD_POINTS, ...on }),
}

const logsKind: OtlpSignal<Logs> = {
  signal: logsSignal,
  loadWire: async () => (await import('../wire/serializer.ts')).logsWire,
}

export class OtlpExporter extends OtlpSignalExporter<Metrics> implements MetricsExporter {
  readonly temporality: Temporality

  constructor(settings: ComponentSettings, config: OtlpConfig) {
    const temporality = temporalityOf(config)
    super(temporality === 'delta' ? deltaKind : metricsKind, settings, config)
    this.temporality = temporality
  }
}

export class OtlpLogsExporter extends OtlpSignalExporter<Logs> implements LogsExporter {
  constructor(settings: ComponentSettings, config: OtlpConfig) {
    super(logsKind, settings, config)
  }
}
