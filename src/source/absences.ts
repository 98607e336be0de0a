import type { EventAttributeName } from '../generated/events.ts'
import type { MetricName } from '../generated/metrics.ts'
import type { Source } from './source.ts'

export interface Absence {
  readonly metrics: readonly MetricName[]
  /** What is not there, and why. */
  readonly why: string
  /** Whether nothing of it is there. */
  readonly isWhole: boolean
  /** The transport of which it is so; any if absent. */
  readonly transport?: 'udp'
}

/** What the inet_diag source cannot tell and the ebpf source can. docs/sources.md repeats it; a test compares. */
export const inetDiagAbsences: readonly Absence[] = [
  {
    metrics: ['nettracer.resets', 'nettracer.rejects'],
    why: 'resets leave no trace on a socket',
    isWhole: true,
  },
  {
    metrics: ['nettracer.connect.duration', 'nettracer.connection.duration'],
    why: 'the kernel keeps no time of an opening',
    isWhole: true,
  },
  {
    metrics: ['nettracer.accept.duration'],
    why: 'accept() is not seen',
    isWhole: true,
  },
  {
    metrics: [
      ...(['nettracer.bytes_rx', 'nettracer.session.bytes_rx'] as const),
      ...(['nettracer.bytes_tx', 'nettracer.session.bytes_tx'] as const),
      ...(['nettracer.pkts_rx', 'nettracer.pkts_tx'] as const),
      ...(['nettracer.traffic', 'nettracer.traffic_rx', 'nettracer.traffic_tx'] as const),
    ],
    why: 'the kernel counts neither bytes nor datagrams of a UDP socket',
    isWhole: true,
    transport: 'udp',
  },
  {
    metrics: ['nettracer.connections.active'],
    why: 'the role is always `unknown`, and only sockets that have a port and that a dump meets',
    isWhole: false,
    transport: 'udp',
  },
  {
    metrics: ['nettracer.udp.drops'],
    why: 'the role is always `unknown`, and what was dropped between the last dump and the end is missing',
    isWhole: false,
    transport: 'udp',
  },
  {
    metrics: ['nettracer.response.duration'],
    why: 'reads and writes are not seen',
    isWhole: true,
  },
  {
    metrics: ['nettracer.connections.closed'],
    why: 'a reset by the remote, a reset for unread bytes and a timeout are all `error`',
    isWhole: false,
  },
  {
    metrics: ['nettracer.connections.failed'],
    why: 'only `refused` and `_OTHER`; after a connect() that waited for its failure, always `_OTHER` without a port',
    isWhole: false,
  },
  {
    metrics: ['nettracer.pkts_retr_syn'],
    why: 'only of attempts that failed',
    isWhole: false,
  },
  {
    metrics: ['nettracer.bytes_rx', 'nettracer.session.bytes_rx'],
    why: 'of a connection that this side closed first up to one byte too few: whether its remote FIN came in time is not told',
    isWhole: false,
  },
  {
    metrics: ['nettracer.bytes_tx', 'nettracer.session.bytes_tx'],
    why: 'of an open connection only what was acknowledged: the rest comes with the acknowledgement, or at its end',
    isWhole: false,
  },
  {
    metrics: ['nettracer.connections.opened', 'nettracer.connections.closed'],
    why: 'a connection that began and ended between two dumps has the process of the listening socket if it was accepted, and none if not',
    isWhole: false,
  },
  {
    metrics: ['nettracer.listen.oldest_wait'],
    why: 'how long a connection waits to be accepted is not told',
    isWhole: true,
  },
  {
    metrics: ['nettracer.tcp.flags'],
    why: 'no resets, and of SYNs and SYN-ACKs those that were sent again only where an attempt failed',
    isWhole: false,
  },
  {
    metrics: ['nettracer.zero_windows'],
    why: 'only windows that a dump finds closed',
    isWhole: false,
  },
]

/** What a close record of the inet_diag source may lack and one of the ebpf source has; docs/sources.md says when. */
export const inetDiagRecordAbsences: readonly EventAttributeName[] = [
  'nettracer.connection.start_time',
  'nettracer.connection.duration',
  'nettracer.connect.duration',
  'nettracer.errno',
  'nettracer.fin_tx',
  'nettracer.fin_rx',
  'nettracer.rst_tx',
  'nettracer.rst_rx',
  'nettracer.pkts_retr_syn',
]

/** Whether a source has nothing of a metric, of any transport. */
export function isAbsent(source: Source['name'], metric: MetricName): boolean {
  return (
    source === 'inet_diag' &&
    inetDiagAbsences.some(({ metrics, isWhole, transport }) => {
      return isWhole && transport === undefined && metrics.includes(metric)
    })
  )
}
