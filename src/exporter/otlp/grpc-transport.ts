// Loaded when an exporter starts, so that nothing else pays for gRPC.
import { createSecureContext } from 'node:tls'
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  compressionAlgorithms,
  connectivityState,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import type { SignalName } from '../../model/signal.ts'
import { messageOf } from '../../shared/errors.ts'
import { readPartialSuccess } from '../wire/answer.ts'
import type { WireRequest } from '../wire/requests.ts'
import type { TlsMaterial } from '../wire/tls.ts'
import type { Attempt, Transport } from '../wire/transport.ts'
import type { OtlpConfig } from './config.ts'
import type { Endpoint } from './endpoint.ts'
import { readRetryDelay } from './retry-info.ts'

/** grpc-js lets it grow to two minutes. It adds up to a fifth at random: 4.8 s then. */
const MAX_RECONNECT_MS = 4000

/** Answers that are late one after the other, before the connection is taken for dead. */
const MAX_TIMEOUTS = 3
/** A backend that is only slow does not get connections faster than that. */
const MIN_CONNECTION_MS = 5000

export interface TransportSettings {
  readonly endpoint: Endpoint
  readonly config: OtlpConfig
  /** Certificates and keys, or `undefined` for plain text. */
  readonly tls: TlsMaterial | undefined
  readonly userAgent: string
  readonly signal: SignalName
  /** Called when there is a connection after there was none. */
  readonly onReachable: () => void
}

const methods: Record<SignalName, string> = {
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
}

/**
 * A channel to a receiver of OTLP over gRPC. One that only lets deadlines pass is replaced: what is between may have forgotten
 * the connection, and TCP alone would go on with it for minutes.
 */
export class GrpcTransport implements Transport {
  readonly #settings: TransportSettings
  #client: Client
  #openedAt = performance.now()
  #timeouts = 0
  #isClosed = false
  readonly #metadata: Metadata
  readonly #timeoutMs: number
  readonly #method: string

  constructor(settings: TransportSettings) {
    const { config } = settings
    this.#settings = settings
    this.#client = openClient(settings)
    this.#method = methods[settings.signal]
    this.#metadata = new Metadata({ waitForReady: config.wait_for_ready })
    for (const [name, value] of Object.entries(config.headers)) this.#metadata.set(name, value)
    this.#timeoutMs = config.timeout === 0 ? Number.POSITIVE_INFINITY : config.timeout
  }

  async attempt(request: WireRequest, signal: AbortSignal): Promise<Attempt> {
    const { body } = request
    const deadline = Date.now() + this.#timeoutMs
    return new Promise((resolve) => {
      const call = this.#client.makeUnaryRequest(
        this.#method,
        (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
        (bytes: Buffer) => bytes,
        body,
        this.#metadata,
        { deadline },
        (error, response) => {
          signal.removeEventListener('abort', cancel)
          this.#noteEnd(error?.code === status.DEADLINE_EXCEEDED)
          resolve(error === null ? taken(response) : notTaken(error))
        },
      )
      const cancel = () => call.cancel()
      signal.addEventListener('abort', cancel, { once: true })
      if (signal.aborted) cancel()
    })
  }

  close(): void {
    this.#isClosed = true
    this.#client.close()
  }

  #noteEnd(isTimeout: boolean): void {
    this.#timeouts = isTimeout ? this.#timeouts + 1 : 0
    const now = performance.now()
    if (this.#timeouts < MAX_TIMEOUTS || now < this.#openedAt + MIN_CONNECTION_MS) return
    if (this.#isClosed) return
    const old = this.#client
    this.#client = openClient(this.#settings)
    this.#openedAt = now
    this.#timeouts = 0
    old.close()
  }
}

function openClient(settings: TransportSettings): Client {
  const { target } = settings.endpoint
  const client = new Client(target, credentialsOf(settings), channelOptions(settings))
  tellWhenReady(client.getChannel(), settings.onReachable)
  return client
}

function tellWhenReady(channel: ReturnType<Client['getChannel']>, onReady: () => void): void {
  const before = channel.getConnectivityState(false)
  if (before === connectivityState.SHUTDOWN) return
  channel.watchConnectivityState(before, Number.POSITIVE_INFINITY, () => {
    if (channel.getConnectivityState(false) === connectivityState.READY) onReady()
    tellWhenReady(channel, onReady)
  })
}

function taken(response: Buffer | undefined): Attempt {
  try {
    const body = response ?? Buffer.alloc(0)
    return { outcome: 'sent', ...readPartialSuccess(body, 'proto') }
  } catch (error) {
    const message = `the response cannot be read: ${messageOf(error)}`
    return { outcome: 'sent', rejectedItems: 0, message }
  }
}

function credentialsOf({ tls, config }: TransportSettings): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure()
  return credentials.createFromSecureContext(createSecureContext(tls), {
    rejectUnauthorized: !config.tls.insecure_skip_verify,
    ...(config.tls.insecure_skip_verify ? { checkServerIdentity: () => undefined } : {}),
  })
}

function channelOptions({ config, endpoint, userAgent }: TransportSettings): ChannelOptions {
  const isCompressed = config.compression === 'gzip'
  const { keepalive, authority } = config
  const serverName = config.tls.server_name_override
  return {
    'grpc.primary_user_agent': config.user_agent ?? userAgent,
    'grpc.default_compression_algorithm': isCompressed
      ? compressionAlgorithms.gzip
      : compressionAlgorithms.identity,
    'grpc.initial_reconnect_backoff_ms': 1000,
    'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_MS,
    'grpc.dns_min_time_between_resolutions_ms': MAX_RECONNECT_MS,
    // Retries are the sender's; channels are not shared, since each exporter has its own certificates.
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.service_config_disable_resolution': 1,
    'grpc.service_config': JSON.stringify({
      loadBalancingConfig: [{ [config.balancer_name]: {} }],
    }),
    ...(endpoint.isLocal ? { 'grpc.enable_http_proxy': 0 } : {}),
    ...(authority === undefined ? {} : { 'grpc.default_authority': authority }),
    ...(serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName }),
    ...(keepalive === undefined
      ? {}
      : {
          'grpc.keepalive_time_ms': keepalive.time,
          'grpc.keepalive_timeout_ms': keepalive.timeout,
          'grpc.keepalive_permit_without_calls': keepalive.permit_without_stream ? 1 : 0,
        }),
  }
}

/** The table of the OTLP specification; RESOURCE_EXHAUSTED is a passing state only if the backend says when to return. */
const retryable = new Set([
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.ABORTED,
  status.OUT_OF_RANGE,
  status.UNAVAILABLE,
  status.DATA_LOSS,
])

function notTaken(error: ServiceError): Attempt {
  const message = `${status[error.code] ?? error.code}: ${error.details}`
  const [details] = error.metadata.get('grpc-status-details-bin')
  const delay = Buffer.isBuffer(details) ? readRetryDelay(details) : undefined
  const isPassing =
    retryable.has(error.code) || (error.code === status.RESOURCE_EXHAUSTED && delay !== undefined)
  if (isAboutSize(error) && delay === undefined) return { outcome: 'too_large', message }
  if (!isPassing) return { outcome: 'refused', message }
  return { outcome: 'failed', message, retryAfterMs: delay ?? 0 }
}

/** In the words of the servers there are: those of Go, C++, Node.js and Java, of .NET, of Rust. */
const sizeWords = /larger than|exceeds (?:the )?maximum|length too large/i

function isAboutSize({ code, details }: ServiceError): boolean {
  const codes: readonly status[] = [status.RESOURCE_EXHAUSTED, status.OUT_OF_RANGE]
  return codes.includes(code) && sizeWords.test(details)
}
