import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ComponentSettings } from '../../config/component.ts'
import type { Component, Consumer, LogsExporter, MetricsExporter } from '../../model/component.ts'
import { HeldMetrics } from '../../model/held-metrics.ts'
import type { Logs } from '../../model/logs.ts'
import type { Metrics, Temporality } from '../../model/metrics.ts'
import { logsSignal, metricsSignal, type Signal, type SignalName } from '../../model/signal.ts'
import { messageOf } from '../../shared/errors.ts'
import { halve } from './halve.ts'
import { halveJson } from './halve-json.ts'
import { HandOver, type Hold } from './hand-over.ts'
import { joinRequests } from './join.ts'
import { type DropReason, Outcomes } from './outcomes.ts'
import { Pace } from './pace.ts'
import { PartRequests } from './part-requests.ts'
import { batchSizerOf, type QueueConfig } from './queue-config.ts'
import type { UnfitReason, WireRequest } from './requests.ts'
import type { RetryConfig } from './retry-config.ts'
import { Sender, type SenderSettings } from './sender.ts'
import type { Transport } from './transport.ts'
import type { Encoding, Wire } from './wire.ts'

/** Receivers commonly refuse more than 4 MiB, also after decompression. */
const MAX_REQUEST_BYTES = 3.5 * 1024 * 1024

/** A few of the largest collections. What is encoded waits in the queue instead. */
const MAX_UNENCODED_ITEMS = 1_000_000

/** Deltas that wait for a full queue take some 430 bytes a point: about 100 MiB. */
const MAX_HELD_POINTS = 250_000

/** What an exporter adds to encoding, queue and retries. */
export interface Delivery {
  readonly queue: QueueConfig
  readonly retry: RetryConfig
  /** How long sending the rest at shutdown may take. */
  readonly drainMs: number
  /**
   * Called at the start.
   *
   * @param onReachable to be called when a backend that could not be reached can be, where that is known
   * @throws NettracerError if a certificate, key or address cannot be used
   */
  readonly connect: (signal: SignalName, onReachable: () => void) => Promise<Transport>
  readonly encoding: Encoding
  readonly maxRequestBytes?: number
}

/** How metrics are written where the backend takes no OTLP; a request is sent as it was made. */
export interface ForeignRequests {
  readonly wire: Wire<Metrics>
  /** Most bytes of a request. */
  readonly maxBytes: number
  readonly halve: SenderSettings['halve']
}

interface Running<Batch> {
  readonly transport: Transport
  readonly sender: Sender
  readonly wire: Wire<Batch>
}

/** What one signal has of its own. */
interface SignalKind<Batch> {
  readonly signal: Signal<Batch>
  /** Loaded at the start only, so that nothing else pays for it. */
  readonly loadWire: (encoding: Encoding) => Promise<Wire<Batch>>
  /** Of requests that are no OTLP. */
  readonly foreign?: Pick<ForeignRequests, 'maxBytes' | 'halve'>
  /** Where batches are put together that a full queue has no room for; without it the oldest are dropped. */
  readonly createHold?: (on: {
    readonly onDropped: (items: number) => void
    readonly onSuperseded: (items: number) => void
  }) => Hold<Batch>
}

const IDLE_LOOK_MS = 100
const halvers = { proto: halve, json: halveJson }

/** Sends one signal to a backend: encoded and split in the background, queued, retried. */
class SignalExporter<Batch> implements Component, Consumer<Batch> {
  readonly #kind: SignalKind<Batch>
  readonly #settings: ComponentSettings
  readonly #delivery: Delivery
  readonly #outcomes: Outcomes
  readonly #maxBytes: number
  readonly #handOver: HandOver<Batch>
  readonly #parts: PartRequests
  readonly #pace = new Pace(() => this.#running?.sender.queuedBytes ?? 0)
  #running: Running<Batch> | undefined
  #stopping: Promise<void> | undefined

  constructor(kind: SignalKind<Batch>, settings: ComponentSettings, delivery: Delivery) {
    this.#kind = kind
    this.#settings = settings
    this.#delivery = delivery
    this.#maxBytes = Math.min(MAX_REQUEST_BYTES, delivery.maxRequestBytes ?? MAX_REQUEST_BYTES)
    this.#outcomes = new Outcomes(settings, kind.signal.name)
    this.#parts = new PartRequests({
      maxBytes: Math.min(this.#maxBytes, requestLimits(delivery.queue).bytes),
      join: (requests) => joinRequests(requests, delivery.encoding),
      onRequest: async (request) => this.#send(request),
    })
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
    const { connect, encoding } = this.#delivery
    const wire = await this.#kind.loadWire(encoding)
    const onReachable = () => this.#running?.sender.retryNow()
    const transport = await connect(this.#kind.signal.name, onReachable)
    const sender = this.#senderTo(transport)
    this.#running = { transport, sender, wire }
    this.#stopping = undefined
    await sender.start()
  }

  #senderTo(transport: Transport): Sender {
    const { queue, retry, drainMs, encoding } = this.#delivery
    const { name } = this.#kind.signal
    const storage = queue.enabled ? queue.storage : undefined
    return new Sender(this.#settings, {
      queue,
      retry,
      storage: storage === undefined ? undefined : this.#settings.extensions.storage(storage),
      drainMs,
      // What was kept in one encoding cannot go in another.
      owner: `exporter ${this.#settings.id} ${name}${encoding === 'json' ? ' json' : ''}`,
      maxRequestBytes: this.#maxRequestBytes,
      attempt: async (request, signal) => transport.attempt(request, signal),
      join: (requests) => joinRequests(requests, encoding),
      halve: this.#kind.foreign?.halve ?? ((request) => halvers[encoding](request, name)),
      outcomes: this.#outcomes,
      signal: this.#kind.signal,
    })
  }

  get #maxRequestBytes(): number {
    return this.#kind.foreign?.maxBytes ?? this.#maxBytes
  }

  consume(batch: Batch): void {
    if (this.#running !== undefined) this.#handOver.offer(batch)
    else this.#drop(this.#kind.signal.sizeOf(batch), 'shutdown', 'it is not running')
  }

  async caughtUp(): Promise<void> {
    await this.#handOver.caughtUp()
    await this.#pace.easy()
  }

  async idle(signal: AbortSignal): Promise<void> {
    const isAborted = once(signal, 'abort')
    await Promise.race([this.#handOver.idle(), isAborted])
    await Promise.race([this.#parts.finish(), isAborted])
    while (!signal.aborted && (this.#running?.sender.queuedBytes ?? 0) > 0) {
      await Promise.race([sleep(IDLE_LOOK_MS), isAborted])
    }
  }

  async shutdown(): Promise<void> {
    this.#stopping ??= this.#stop()
    await this.#stopping
  }

  async #stop(): Promise<void> {
    this.#running?.sender.limitWaits()
    await this.#handOver.idle()
    await this.#parts.finish()
    const { sender, transport } = this.#running ?? {}
    this.#running = undefined
    await sender?.shutdown()
    transport?.close()
  }

  async #encode(batch: Batch): Promise<void> {
    const wire = this.#running?.wire
    if (wire === undefined) return
    const limits = requestLimits(this.#delivery.queue)
    const to = this.#kind.foreign === undefined ? this.#parts : { add: this.#send.bind(this) }
    for (const part of partsOf(this.#kind.signal, batch, limits.items)) {
      await wire.write(part, {
        maxRequestBytes: Math.min(this.#maxRequestBytes, limits.bytes),
        onRequest: async (request) => to.add(request),
        onTooLarge: (items) => this.#drop(items, 'too_large', 'larger than a request may be'),
        onUnfit: (items, reason) => this.#drop(items, reason, unfit[reason]),
      })
      if (!this.#isToBeContinued(batch)) await this.#parts.finish()
    }
  }

  /** Where the queue makes batches they are its own. */
  #isToBeContinued(batch: Batch): boolean {
    const { queue } = this.#delivery
    const isBatched = queue.enabled && queue.batch !== undefined
    return !isBatched && this.#kind.signal.goesOn(batch)
  }

  async #send(request: WireRequest): Promise<void> {
    const sender = this.#running?.sender
    if (sender === undefined) this.#drop(request.items, 'shutdown', 'it is not running')
    else if (this.#kind.createHold === undefined) sender.send(request)
    else await sender.sendWithRoom(request)
  }

  #drop(items: number, reason: DropReason, why: string): void {
    this.#outcomes.dropped(items, reason)
    const message = `Some ${this.#kind.signal.items} are dropped unsent`
    const { logger } = this.#settings.telemetry
    logger.limited('warn', `dropped_${reason}`, message, { items, reason: why })
  }
}

const unfit: Record<UnfitReason, string> = {
  duplicate: 'two points for one series and time; the first one is sent',
  temporality: 'the backend takes totals only',
  name: 'a metric has no name that the backend could take',
}

/** `batch.max_size` holds from the beginning: what is in the queue need not be cut any more. */
function requestLimits(queue: QueueConfig): { readonly items: number; readonly bytes: number } {
  const max = queue.enabled ? (queue.batch?.max_size ?? 0) : 0
  const limits = { items: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }
  return max === 0 ? limits : { ...limits, [batchSizerOf(queue)]: max }
}

function* partsOf<Batch>(signal: Signal<Batch>, batch: Batch, items: number): Generator<Batch> {
  let rest = batch
  while (signal.sizeOf(rest) > items) {
    const [head, tail] = signal.split(rest, items)
    yield head
    rest = tail
  }
  yield rest
}

const metricsKind: SignalKind<Metrics> = {
  signal: metricsSignal,
  loadWire: async (encoding) =>
    encoding === 'json'
      ? (await import('./json-wire.ts')).jsonMetricsWire
      : (await import('./protobuf-wire.ts')).protobufMetricsWire,
}

/** Growth that is dropped is missing for ever; totals come again. */
const deltaKind: SignalKind<Metrics> = {
  ...metricsKind,
  createHold: (on) => new HeldMetrics({ maxPoints: MAX_HELD_POINTS, ...on }),
}

const foreignKind = (kind: SignalKind<Metrics>, foreign: ForeignRequests) => ({
  ...kind,
  loadWire: async () => foreign.wire,
  foreign,
})

const logsKind: SignalKind<Logs> = {
  signal: logsSignal,
  loadWire: async (encoding) =>
    encoding === 'json'
      ? (await import('./json-wire.ts')).jsonLogsWire
      : (await import('./protobuf-wire.ts')).protobufLogsWire,
}

/** Metrics behind a queue; deltas that it has no room for are added up instead of dropped. */
export class QueuedMetricsExporter extends SignalExporter<Metrics> implements MetricsExporter {
  readonly temporality: Temporality

  constructor(
    settings: ComponentSettings,
    temporality: Temporality,
    delivery: Delivery,
    foreign?: ForeignRequests,
  ) {
    const kind = temporality === 'delta' ? deltaKind : metricsKind
    super(foreign === undefined ? kind : foreignKind(kind, foreign), settings, delivery)
    this.temporality = temporality
  }
}

/** Log records behind a queue. */
export class QueuedLogsExporter extends SignalExporter<Logs> implements LogsExporter {
  constructor(settings: ComponentSettings, delivery: Delivery) {
    super(logsKind, settings, delivery)
  }
}
