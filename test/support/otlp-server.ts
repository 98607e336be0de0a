import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  type status,
} from '@grpc/grpc-js'
import {
  decodeLogsRequest,
  encodeLogsResponse,
  type FlatRecord,
  type OtlpLogsRequest,
  recordsOfOtlp,
} from './otlp-logs.ts'
import { decodeRequest, encodeResponse, type OtlpRequest, pointsOfOtlp } from './otlp-points.ts'

/** What a receiver answers: a partial success, or an error with its details as bytes. */
export interface Answer {
  /** Of an error; default: that it is answer N. */
  readonly message?: string
  readonly partialSuccess?: object
  readonly code?: status
  readonly details?: Uint8Array
}

interface ReceiverSettings {
  /** @param count requests so far, this one included */
  readonly answer?: (count: number) => Answer | Promise<Answer>
  readonly port?: number
  /** Instead of a port of loopback, e.g. `unix:/path`. */
  readonly address?: string
  readonly credentials?: ServerCredentials
  readonly maxBytes?: number
}

export interface Received {
  readonly request: OtlpRequest
  readonly bytes: number
  readonly metadata: Metadata
}

/** A real gRPC server on loopback that speaks the Export methods of OTLP metrics and logs. */
export class OtlpReceiver {
  readonly received: Received[]
  readonly receivedLogs: OtlpLogsRequest[]
  readonly port: number
  readonly #server: Server

  private constructor(
    server: Server,
    port: number,
    received: Received[],
    receivedLogs: OtlpLogsRequest[],
  ) {
    this.#server = server
    this.port = port
    this.received = received
    this.receivedLogs = receivedLogs
  }

  static async start(settings: ReceiverSettings = {}): Promise<OtlpReceiver> {
    const { answer = (): Answer => ({}), credentials = ServerCredentials.createInsecure() } =
      settings
    const received: Received[] = []
    const receivedLogs: OtlpLogsRequest[] = []
    const server = new Server({
      'grpc.max_receive_message_length': settings.maxBytes ?? 4 * 1024 * 1024,
    })
    let count = 0
    const handle = async (
      call: ServerUnaryCall<Buffer, Uint8Array>,
      callback: sendUnaryData<Uint8Array>,
      isLogs: boolean,
    ) => {
      count += 1
      const { partialSuccess, code, details, message } = await answer(count)
      if (code !== undefined) {
        const metadata = new Metadata()
        if (details !== undefined) metadata.set('grpc-status-details-bin', Buffer.from(details))
        callback({ code, details: message ?? `answer ${count}`, metadata })
        return
      }
      const { request: body, metadata } = call
      if (isLogs) receivedLogs.push(decodeLogsRequest(body))
      else received.push({ request: decodeRequest(body), bytes: body.length, metadata })
      callback(null, (isLogs ? encodeLogsResponse : encodeResponse)(partialSuccess))
    }
    for (const [service, isLogs] of [
      ['metrics.v1.MetricsService', false],
      ['logs.v1.LogsService', true],
    ] as const) {
      server.addService(
        {
          Export: {
            path: `/opentelemetry.proto.collector.${service}/Export`,
            requestStream: false,
            responseStream: false,
            requestSerialize: (bytes: Buffer) => bytes,
            requestDeserialize: (bytes: Buffer) => bytes,
            responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
            responseDeserialize: (bytes: Buffer) => bytes,
          },
        },
        {
          Export: (
            call: ServerUnaryCall<Buffer, Uint8Array>,
            callback: sendUnaryData<Uint8Array>,
          ) => void handle(call, callback, isLogs),
        },
      )
    }
    const address = settings.address ?? `127.0.0.1:${settings.port ?? 0}`
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(address, credentials, (error, bound) => {
        if (error === null) resolve(bound)
        else reject(error)
      })
    })
    return new OtlpReceiver(server, port, received, receivedLogs)
  }

  get records(): FlatRecord[] {
    return this.receivedLogs.flatMap((request) => recordsOfOtlp(request))
  }

  get points(): object[] {
    return this.received.flatMap(({ request }) => pointsOfOtlp(request))
  }

  stop(): void {
    this.#server.forceShutdown()
  }
}

/** `google.rpc.Status` with a `RetryInfo`, byte by byte from the protobuf encoding. */
export function retryInfo(seconds: number, nanos = 0): Uint8Array {
  const duration = [...field(1, seconds), ...field(2, nanos)]
  const any = [
    ...bytes(1, [...Buffer.from('type.googleapis.com/google.rpc.RetryInfo')]),
    ...bytes(2, bytes(1, duration)),
  ]
  return Uint8Array.from([...field(1, 8), ...bytes(2, [...Buffer.from('later')]), ...bytes(3, any)])
}

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
const field = (number: number, value: number) => [number * 8, ...varint(value)]
const bytes = (number: number, content: number[]) => [
  number * 8 + 2,
  ...varint(content.length),
  ...content,
]
