// A process of its own: takes OTLP over gRPC on loopback and throws it away.
import { Server, ServerCredentials } from '@grpc/grpc-js'

const server = new Server({ 'grpc.max_receive_message_length': 4 * 1024 * 1024 })
const take = (bytes: Buffer) => bytes
server.addService(
  {
    Export: {
      path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
      requestStream: false,
      responseStream: false,
      requestSerialize: take,
      requestDeserialize: take,
      responseSerialize: take,
      responseDeserialize: take,
    },
  },
  {
    Export: (_call: unknown, callback: (error: null, answer: Buffer) => void) =>
      callback(null, Buffer.alloc(0)),
  },
)
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error
  process.send?.({ port })
})
process.on('disconnect', () => process.exit(0))
