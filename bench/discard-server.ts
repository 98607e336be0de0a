// A process of its own: takes OTLP over gRPC on loopback, tells its parent the port and the points of each request.
import { pointsOfOtlp } from '../test/support/otlp-points.ts'
import { OtlpReceiver } from '../test/support/otlp-server.ts'

const receiver = await OtlpReceiver.start({
  answer: () => {
    // `received` has the request only after the answer, so it is looked at in the next turn.
    setImmediate(() => {
      for (const { request, bytes } of receiver.received.splice(0)) {
        process.send?.({ points: pointsOfOtlp(request).length, bytes })
      }
    })
    return {}
  },
})
process.send?.({ port: receiver.port })
process.on('disconnect', () => process.exit(0))
