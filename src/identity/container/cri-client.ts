// Loaded when a socket of this kind is there, so that nothing else pays for gRPC.
import { Buffer } from 'node:buffer'
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js'
import { NotServed } from './runtime.ts'

const service = '/runtime.v1.RuntimeService'
const answerMs = 10_000
const maxMessageBytes = 16 << 20

const toBytes = (bytes: Buffer): Buffer => bytes
const nothing = Buffer.alloc(0)

export type CriMethod = 'Version' | 'ListContainers' | 'ContainerStatus'

/** `runtime.v1.RuntimeService` over a unix socket, messages as bytes. */
export class CriClient {
  readonly #client: Client

  constructor(path: string) {
    this.#client = new Client(`unix://${path}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.default_authority': 'localhost',
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.service_config_disable_resolution': 1,
      'grpc.enable_http_proxy': 0,
    })
  }

  /** @throws NotServed if it has no such method, or what else went wrong; after 10 s at the latest */
  ask(method: CriMethod, signal: AbortSignal, request: Buffer = nothing): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + answerMs
      const call = this.#client.makeUnaryRequest(
        `${service}/${method}`,
        toBytes,
        toBytes,
        request,
        { deadline },
        (error, answer) => {
          signal.removeEventListener('abort', cancel)
          if (error === null) resolve(answer ?? nothing)
          else reject(readable(error))
        },
      )
      const cancel = () => call.cancel()
      signal.addEventListener('abort', cancel, { once: true })
      if (signal.aborted) cancel()
    })
  }

  /** `GetContainerEvents`. @throws NotServed if the runtime has none; otherwise resolves when the stream ends */
  events(take: (message: Buffer) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = this.#client.makeServerStreamRequest(
        `${service}/GetContainerEvents`,
        toBytes,
        toBytes,
        nothing,
      )
      const cancel = () => call.cancel()
      const done = () => signal.removeEventListener('abort', cancel)
      call.on('data', take)
      call.on('end', () => {
        done()
        resolve()
      })
      call.on('error', (error: ServiceError) => {
        done()
        reject(readable(error))
      })
      signal.addEventListener('abort', cancel, { once: true })
      if (signal.aborted) cancel()
    })
  }

  close(): void {
    this.#client.close()
  }
}

function readable(error: ServiceError): Error {
  const message = `${status[error.code] ?? error.code}: ${error.details}`
  return error.code === status.UNIMPLEMENTED ? new NotServed(message) : new Error(message)
}
