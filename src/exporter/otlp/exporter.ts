import type { ComponentSettings } from '../../config/component.ts'
import type { MetricsExporter } from '../../model/component.ts'
import { HeldMetrics } from '../../model/held-metrics.ts'
import type { Metrics, Temporality } from '../../model/metrics.ts'
import { messageOf, NettracerError } from '../../shared/errors.ts'
import { HandOver } from '../wire/hand-over.ts'
import { type DropReason, Outcomes } from '../wire/outcomes.ts'
import { Sender } from '../wire/sender.ts'
import { Channel } from './channel.ts'
import { type OtlpConfig, temporalityOf } from './config.ts'
import { parseEndpoint } from './endpoint.ts'

/** Receivers commonly refuse more than 4 MiB, also after decompression. */
const MAX_REQUEST_BYTES = 3.5 * 1024 * 1024

/** A few of the largest collections. What is encoded waits in the queue instead. */
const MAX_UNENCODED_POINTS = 1_000_000

const DEFAULT_DRAIN_MS = 5000

interface Running {
  readonly channel: Channel
  readonly sender: Sender
  readonly writeRequests: typeof import('../wire/serializer.ts').writeRequests
}

/** Sends metrics as OTLP over gRPC: encoded and split in the background, queued in memory, retried. */
export class OtlpExporter implements MetricsExporter {
  readonly temporality: Temporality
  readonly #settings: ComponentSettings
  readonly #config: OtlpConfig
  readonly #outcomes: Outcomes
  readonly #handOver: HandOver
  #running: Running | undefined
  #stopping: Promise<void> | undefined

  constructor(settings: ComponentSettings, config: OtlpConfig) {
    this.temporality = temporalityOf(config)
    this.#settings = settings
    this.#config = config
    this.#outcomes = new Outcomes(settings)
    const maxPoints = MAX_UNENCODED_POINTS
    const onDropped = (points: number) => this.#drop(points, 'backlog', 'encoding fell behind')
    const onSuperseded = (points: number) =>
      this.#drop(points, 'superseded', 'the queue was full until newer values came')
    this.#handOver = new HandOver({
      maxPoints,
      work: async (metrics) => this.#encode(metrics),
      onDropped,
      onFailed: (points, error) => this.#drop(points, 'encoding', messageOf(error)),
      // Growth that is dropped is missing for ever; totals come again.
      ...(this.temporality === 'delta' && {
        hold: new HeldMetrics({ maxPoints, onDropped, onSuperseded }),
        isStalled: () => this.#running?.sender.isStalled ?? false,
      }),
    })
  }

  /** @throws NettracerError if a certificate or key cannot be used */
  async start(): Promise<void> {
    if (this.#running !== undefined) return
    const endpoint = parseEndpoint(this.#config.endpoint)
    if (typeof endpoint === 'string') {
      throw new NettracerError('NETTRACER_ERR_CONFIG_INVALID', `endpoint: ${endpoint}`)
    }
    const [{ GrpcTransport }, { writeRequests }] = await Promise.all([
      import('./grpc-transport.ts'),
      import('../wire/serializer.ts'),
    ])
    const config = this.#config
    const userAgent = `otel-nettracer/${this.#settings.version}`
    const channel = new Channel(this.#settings, config, (tls) => {
      return new GrpcTransport({ endpoint, config, tls, userAgent })
    })
    const sender = new Sender(this.#settings, {
      queue: config.sending_queue,
      retry: config.retry_on_failure,
      drainMs: config.timeout === 0 ? DEFAULT_DRAIN_MS : config.timeout,
      attempt: async (request, signal) => channel.current.attempt(request, signal),
      outcomes: this.#outcomes,
    })
    this.#running = { channel, sender, writeRequests }
    this.#stopping = undefined
  }

  consume(metrics: Metrics): void {
    if (this.#running === undefined) this.#drop(metrics.points, 'shutdown', 'it is not running')
    else this.#handOver.offer(metrics)
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

  async #encode(metrics: Metrics): Promise<void> {
    const { sender, writeRequests } = this.#running ?? {}
    if (sender === undefined || writeRequests === undefined) return
    await writeRequests(metrics, {
      maxRequestBytes: MAX_REQUEST_BYTES,
      onRequest: async (request) => {
        if (this.temporality === 'delta') await sender.sendWithRoom(request)
        else sender.send(request)
      },
      onTooLarge: (points) => this.#drop(points, 'too_large', 'larger than a request may be'),
    })
  }

  #drop(points: number, reason: DropReason, why: string): void {
    this.#outcomes.dropped(points, reason)
    const { logger } = this.#settings.telemetry
    const fields = { points, reason: why }
    logger.limited('warn', `dropped_${reason}`, 'Data points are dropped unsent', fields)
  }
}
