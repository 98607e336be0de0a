import { join } from 'node:path'
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import { onTestFinished } from 'vitest'
import { decodeCri, encodeCri } from '../../../support/cri-messages.ts'
import { socketFolder } from './docker-server.ts'

const service = '/runtime.v1.RuntimeService'
const asBytes = (bytes: Buffer) => bytes
const common = {
  requestSerialize: asBytes,
  requestDeserialize: asBytes,
  responseSerialize: asBytes,
  responseDeserialize: asBytes,
}

export interface CriServerSettings {
  readonly tellsEvents?: boolean
  readonly path?: string
}

/** Serves the Container Runtime Interface over a socket, with messages as bytes. */
export class CriServer {
  readonly path: string
  version = encodeCri('VersionResponse', {
    version: '0.1.0',
    runtimeName: 'containerd',
    runtimeVersion: '1.7.0',
  })
  listed: Buffer = Buffer.alloc(0)
  readonly statuses = new Map<string, Buffer>()
  readonly asked: string[] = []
  readonly streams = new Set<ServerWritableStream<Buffer, Buffer>>()
  readonly #server = new Server()

  constructor({ tellsEvents = false, path }: CriServerSettings = {}) {
    this.path = path ?? join(socketFolder(), 'containerd.sock')
    const unary = (name: string) => ({
      ...common,
      path: `${service}/${name}`,
      requestStream: false,
      responseStream: false,
    })
    const events = { ...unary('GetContainerEvents'), responseStream: true }
    this.#server.addService(
      {
        Version: unary('Version'),
        ListContainers: unary('ListContainers'),
        ContainerStatus: unary('ContainerStatus'),
        ...(tellsEvents && { GetContainerEvents: events }),
      },
      {
        Version: (_: unknown, answer: sendUnaryData<Buffer>) => this.#answer('Version', answer),
        ListContainers: (_: unknown, answer: sendUnaryData<Buffer>) => this.#answer('List', answer),
        ContainerStatus: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) =>
          this.#status(call.request, answer),
        GetContainerEvents: (call: ServerWritableStream<Buffer, Buffer>) =>
          void this.streams.add(call),
      },
    )
  }

  async start(): Promise<this> {
    const open = ServerCredentials.createInsecure()
    await new Promise<void>((resolve, reject) =>
      this.#server.bindAsync(`unix://${this.path}`, open, (error) =>
        error ? reject(error) : resolve(),
      ),
    )
    onTestFinished(() => this.#server.forceShutdown())
    return this
  }

  stop(): void {
    this.#server.forceShutdown()
  }

  list(containers: readonly object[]): void {
    this.listed = encodeCri('ListContainersResponse', { containers })
  }

  #answer(method: 'Version' | 'List', answer: sendUnaryData<Buffer>): void {
    this.asked.push(method)
    answer(null, method === 'Version' ? this.version : this.listed)
  }

  #status(request: Buffer, answer: sendUnaryData<Buffer>): void {
    const { containerId } = decodeCri<{ containerId: string }>('ContainerIdRequest', request)
    this.asked.push(`Status ${containerId.slice(0, 1)}`)
    const found = this.statuses.get(containerId)
    if (found !== undefined) answer(null, found)
    else answer({ code: status.NOT_FOUND, details: 'not found' })
  }
}
