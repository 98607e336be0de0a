// An application with OpenTelemetry's automatic instrumentation for Node.js: connects to the port, prints the resource of its own span, stays.
import { once } from 'node:events'
import { connect } from 'node:net'
import { trace } from '@opentelemetry/api'

const peer = connect(Number(process.argv[2]), '127.0.0.1')
await once(peer, 'connect')
peer.write('hello')
const resource = Reflect.get(trace.getTracer('app').startSpan('work'), 'resource')
await resource.waitForAsyncAttributes()
process.stdout.write(`${JSON.stringify(resource.attributes)}\n`)
process.stdin.resume()
await once(process.stdin, 'end')
peer.destroy()
