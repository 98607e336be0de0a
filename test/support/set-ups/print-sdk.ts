// An application with OpenTelemetry's SDK for Node.js: print-sdk.ts PORT. Connects, and prints the resource of its own metrics.
import { once } from 'node:events'
import { connect } from 'node:net'
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { defaultResource, detectResources, envDetector } from '@opentelemetry/resources'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'

class PulledReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

const reader = new PulledReader()
const resource = defaultResource().merge(detectResources({ detectors: [envDetector] }))
const provider = new MeterProvider({ resource, readers: [reader] })
provider.getMeter('app').createCounter('requests').add(1)

const socket = connect(Number(process.argv[2]), '127.0.0.1')
await once(socket, 'connect')
socket.write('hello')
const { resourceMetrics } = await reader.collect()
const request = JsonMetricsSerializer.serializeRequest(resourceMetrics)
process.stdout.write(`${Buffer.from(request ?? []).toString()}\n`)
process.stdin.resume()
await once(process.stdin, 'end')
socket.destroy()
