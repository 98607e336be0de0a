// An application with an SDK of its own: it is who its environment says, sends a metric to Prometheus and some bytes to a
// port. Arguments: the URL for metrics, the port, how many bytes.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { detectResources, envDetector, hostDetector, osDetector } from '@opentelemetry/resources'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const [url = '', port = '', bytes = ''] = process.argv.slice(2)

const reader = new ManualReader()
const resource = detectResources({ detectors: [envDetector, hostDetector, osDetector] })
const meter = new MeterProvider({ resource, readers: [reader] }).getMeter('app')
meter.createCounter('orders').add(3)

const socket = connect(Number(port), '127.0.0.1')
await once(socket, 'connect')
socket.write(Buffer.alloc(Number(bytes)))

for (;;) {
  const { resourceMetrics } = await reader.collect()
  const { status } = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: Buffer.from(ProtobufMetricsSerializer.serializeRequest(resourceMetrics) ?? []),
  })
  process.stdout.write(`${status}\n`)
  await setTimeout(500)
}
