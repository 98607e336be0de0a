import type { MetricName } from '../generated/metrics.ts'

export interface Absence {
  readonly metrics: readonly MetricName[]
  /** What is not there, and why. */
  readonly why: string
  /** Whether nothing of it is there. */
  readonly isWhole: boolean
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
    metrics: ['nettracer.udp.drops'],
    why: 'sockets of UDP are not read',
    isWhole: true,
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
    metrics: ['nettracer.bytes_rx'],
    why: 'of a connection that this side closed first up to one byte too few: whether its remote FIN came in time is not told',
    isWhole: false,
  },
  {
    metrics: ['nettracer.bytes_tx'],
    why: 'of an open connection only what was acknowledged: the rest comes with the acknowledgement, or at its end',
    isWhole: false,
  },
  {
    metrics: ['nettracer.connections.opened', 'nettracer.connections.closed'],
    why: 'a connection that began and ended between two dumps has the process of the listening socket if it was accepted, and none if not',
    isWhole: false,
  },
]
