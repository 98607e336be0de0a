import { isIP } from 'node:net'
import { Producer, type ProducerOptions } from '@platformatic/kafka'
import type { SignalName } from '../../model/signal.ts'
import type { WireRequest } from '../wire/requests.ts'
import type { TlsMaterial } from '../wire/tls.ts'
import type { Attempt, Transport } from '../wire/transport.ts'
import { credentialsOf } from './auth-config.ts'
import { parseBroker } from './brokers.ts'
import { type KafkaConfig, tlsOf } from './config.ts'
import { failureOf } from './failure.ts'

type Options = ProducerOptions<undefined, Buffer, undefined, undefined>

/** Of the client: where the configuration sets no time limit. */
const LONGEST_REQUEST_MS = 30_000

export interface KafkaTransportSettings {
  readonly config: KafkaConfig
  readonly signal: SignalName
  /** `undefined`: plain text. */
  readonly tls: TlsMaterial | undefined
}

/** Sends each request as the value of one message. */
export class KafkaTransport implements Transport {
  readonly #config: KafkaConfig
  readonly #topic: string
  readonly #producer: Producer<undefined, Buffer, undefined, undefined>

  constructor({ config, signal, tls }: KafkaTransportSettings) {
    this.#config = config
    this.#topic = config[signal].topic
    this.#producer = new Producer(optionsOf(config, tls))
  }

  async attempt(request: WireRequest, signal: AbortSignal): Promise<Attempt> {
    const { timeout, producer } = this.#config
    if (request.body.length > producer.max_message_bytes) {
      return { outcome: 'too_large', message: 'it is larger than producer.max_message_bytes' }
    }
    const limits = timeout === 0 ? [signal] : [signal, AbortSignal.timeout(timeout)]
    try {
      return await before(AbortSignal.any(limits), this.#send(request.body))
    } catch (error) {
      // Whatever happened, the partition may have another leader now.
      this.#producer.clearMetadata()
      return failureOf(error)
    }
  }

  close(): void {
    this.#producer.close(true, () => undefined)
  }

  async #send(body: Uint8Array): Promise<Attempt> {
    const { producer, metadata } = this.#config
    const autocreateTopics = producer.allow_auto_topic_creation
    // A topic that is just being made is waited for here: the message itself the client sends once only.
    await this.#producer.metadata({
      topics: [this.#topic],
      autocreateTopics,
      retries: metadata.retry.max,
    })
    const value = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    const { unwritableNodes = [] } = await this.#producer.send({
      messages: [{ topic: this.#topic, value }],
      acks: producer.required_acks,
      compression: producer.compression,
      autocreateTopics,
    })
    if (unwritableNodes.length === 0) return { outcome: 'sent', rejectedItems: 0, message: '' }
    const message = 'the connection to the broker takes no more at the moment'
    return { outcome: 'failed', message, retryAfterMs: 0 }
  }
}

/** What comes after the limit is not heard any more. */
async function before<Result>(limit: AbortSignal, work: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onLimit = () => reject(limitError(limit))
  if (limit.aborted) onLimit()
  limit.addEventListener('abort', onLimit)
  try {
    return await Promise.race([work, promise])
  } finally {
    limit.removeEventListener('abort', onLimit)
  }
}

function limitError({ reason }: AbortSignal): Error {
  const isTime = reason instanceof DOMException && reason.name === 'TimeoutError'
  return new Error(isTime ? 'no answer within the timeout' : 'it was broken off')
}

function optionsOf(config: KafkaConfig, tls: TlsMaterial | undefined): Options {
  const limit = config.timeout === 0 ? LONGEST_REQUEST_MS : config.timeout
  const sasl = credentialsOf(config.auth)
  return {
    clientId: config.client_id,
    bootstrapBrokers: config.brokers.flatMap((text) => parseBroker(text) ?? []),
    timeout: limit,
    requestTimeout: limit,
    connectTimeout: limit,
    // Sending again is for who knows what waits, and counts it.
    retries: 0,
    retryDelay: config.metadata.retry.backoff,
    metadataMaxAge: config.metadata.refresh_interval,
    ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
    ...(tls === undefined ? {} : tlsOptions(config, tls)),
  }
}

function tlsOptions(config: KafkaConfig, tls: TlsMaterial): Pick<Options, 'tls' | 'tlsServerName'> {
  const { insecure_skip_verify: isUnchecked = false, server_name_override: name } =
    tlsOf(config) ?? {}
  const hasNames = config.brokers.every((text) => isIP(parseBroker(text)?.host ?? '') === 0)
  return {
    tls: { ...tls, rejectUnauthorized: !isUnchecked },
    tlsServerName: name ?? hasNames,
  }
}
