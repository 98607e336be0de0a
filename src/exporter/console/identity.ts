import type { Attributes } from '@opentelemetry/api'
import type { TrafficIdentity } from './traffic.ts'

/** The agent's own resource. */
export const ownServiceName = 'otel-nettracer'

const unknownService = 'unknown_service:'

/** An attribute as text; empty if it is not there. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

/** What the row of a data point is called. */
export function identityOf(resource: Attributes, point: Attributes): TrafficIdentity {
  const role = textOf(point['nettracer.role'])
  const other = role === 'server' ? 'client.service.name' : 'server.service.name'
  const peer =
    textOf(point[other]) ||
    (role === 'server' ? '' : textOf(point['server.address'])) ||
    textOf(point['network.peer.address'])
  return {
    service: serviceOf(resource, point),
    process: processOf(resource),
    role,
    port: textOf(point['server.port']),
    peer,
  }
}

/** `namespace/name`, the executable where nobody named the service, `(host)` where there is no process. */
function serviceOf(resource: Attributes, point: Attributes): string {
  if (point['otel.metric.overflow'] === true) return '(overflow)'
  const name = textOf(resource['service.name'])
  const namespace = textOf(resource['service.namespace'])
  if (name === '') return '(host)'
  const short = name.startsWith(unknownService) ? name.slice(unknownService.length) : name
  return namespace === '' ? short : `${namespace}/${short}`
}

function processOf(resource: Attributes): string {
  const container = textOf(resource['container.id'])
  if (container !== '') return container.slice(0, 12)
  const executable = textOf(resource['process.executable.name'])
  const pid = textOf(resource['process.pid'])
  return [executable, pid].filter((part) => part !== '').join('/')
}
