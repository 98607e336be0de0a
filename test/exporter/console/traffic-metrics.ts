import type { Attributes, HrTime } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type DataPoint,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { exponentialOf } from '../../support/exponential-of.ts'
import { exponential, gauge, resource, sum } from '../../support/metrics.ts'

/** 2026-01-02 03:04:05 UTC. */
export const began = 1_767_323_045

export interface Talk {
  readonly role?: 'client' | 'server' | 'unknown'
  readonly peer?: string
  readonly port?: number
  readonly open?: number
  readonly opened?: number
  readonly closed?: number
  readonly failed?: Readonly<Record<string, number>>
  readonly tx?: number
  readonly rx?: number
  readonly sent?: number
  readonly retransmitted?: number
  /** Values of RTT in ms. */
  readonly rtt?: readonly number[]
}

/** What the receiver reports of a process for one interval of 10 s with delta temporality; `end` counts intervals. */
export function service(attributes: Attributes, talks: readonly Talk[], end = 1): ResourceMetrics {
  const startTime: HrTime = [began + (end - 1) * 10, 0]
  const endTime: HrTime = [began + end * 10, 0]
  const at = <T>(value: T, of: Attributes): DataPoint<T> => ({
    startTime,
    endTime,
    attributes: of,
    value,
  })
  const delta = { temporality: AggregationTemporality.DELTA }
  const series = talks.map((talk) => ({ talk, of: attributesOf(talk) }))
  const counts = (name: string, value: (talk: Talk) => number | undefined): MetricData => {
    const points = series.flatMap(({ talk, of }) => {
      const number = value(talk)
      return number === undefined ? [] : [at(number, of)]
    })
    return sum(points, { name, ...delta })
  }
  const failed = series.flatMap(({ talk, of }) =>
    Object.entries(talk.failed ?? {}).map(([type, count]) =>
      at(count, { ...of, 'error.type': type }),
    ),
  )
  const open = series.flatMap(({ talk, of }) =>
    talk.open === undefined ? [] : [at(talk.open, of)],
  )
  const rtt = series.flatMap(({ talk, of }) =>
    talk.rtt === undefined ? [] : [at(exponentialOf(talk.rtt, 3), of)],
  )
  return resource(
    [
      counts('nettracer.bytes_tx', ({ tx }) => tx),
      counts('nettracer.bytes_rx', ({ rx }) => rx),
      counts('nettracer.pkts_tx', ({ sent }) => sent),
      counts('nettracer.pkts_retr', ({ retransmitted }) => retransmitted),
      counts('nettracer.connections.opened', ({ opened }) => opened),
      counts('nettracer.connections.closed', ({ closed }) => closed),
      sum(failed, { name: 'nettracer.connections.failed', ...delta }),
      sum(open, { name: 'nettracer.connections.active', isMonotonic: false }),
      exponential(rtt, { name: 'nettracer.rtt', unit: 'ms', ...delta }),
    ],
    { 'host.name': 'web-01', ...attributes },
  )
}

/** SYNs that the host refused. */
export function rejects(port: number, reason: string, count: number, end = 1): ResourceMetrics {
  const point: DataPoint<number> = {
    startTime: [began + (end - 1) * 10, 0],
    endTime: [began + end * 10, 0],
    attributes: { 'server.port': port, 'nettracer.reject.reason': reason },
    value: count,
  }
  const temporality = AggregationTemporality.DELTA
  return resource([sum([point], { name: 'nettracer.rejects', temporality })], {
    'host.name': 'web-01',
  })
}

/** The agent's own telemetry. */
export function ownTelemetry(
  seconds: number,
  levels: Readonly<Record<string, number>> = {},
): ResourceMetrics {
  const at = (value: number, attributes: Attributes = {}): DataPoint<number> => ({
    startTime: [began, 0],
    endTime: [began + seconds, 5_000_000],
    attributes,
    value,
  })
  return resource(
    [
      sum(
        [
          at(seconds * 0.003, { 'cpu.mode': 'user' }),
          at(seconds * 0.001, { 'cpu.mode': 'system' }),
        ],
        {
          name: 'nettracer.exporter.cpu.time',
          unit: 's',
        },
      ),
      gauge([at(84_200_000)], { name: 'nettracer.exporter.memory.rss', unit: 'By' }),
      gauge([at(1234)], { name: 'nettracer.exporter.sockets' }),
      gauge(
        [at(1, { 'nettracer.counter': 'segments' }), at(0.9996, { 'nettracer.counter': 'opens' })],
        {
          name: 'nettracer.coverage',
        },
      ),
      ...Object.entries(levels).map(([name, value]) => sum([at(value)], { name })),
    ],
    { 'service.name': 'otel-nettracer', 'host.name': 'web-01' },
  )
}

function attributesOf({ role = 'client', peer, port }: Talk): Attributes {
  return {
    'network.transport': 'tcp',
    'nettracer.role': role,
    ...(port === undefined ? {} : { 'server.port': port }),
    ...(peer === undefined ? {} : { 'network.peer.address': peer }),
  }
}
