import { AutoSource } from './auto.ts'
import { EbpfSource } from './ebpf.ts'
import { InetDiagSource } from './inet-diag.ts'
import type { Source } from './source.ts'

export interface SourceSettings {
  readonly source: 'auto' | 'ebpf' | 'inet_diag'
  /** Whether to run at each read and write of a connection. Default false. Only ebpf can. */
  readonly hasResponseTimes?: boolean
  /** Whether to watch UDP sockets. Default false. */
  readonly hasDatagrams?: boolean
  /** Whether to read answers of DNS. Default false. Only ebpf can. */
  readonly hasNames?: boolean
  /** Whether to ask the kernel's connection tracking what was translated. Default auto. Only ebpf can. */
  readonly nat?: 'auto' | boolean
  /** Whether the sink gets each open connection at each collection. Default false. */
  readonly eachConnection?: boolean
}

/** The source that a configuration asks for. */
export function createSource(settings: SourceSettings): Source {
  const {
    source,
    hasResponseTimes = false,
    hasDatagrams = false,
    hasNames = false,
    nat = 'auto',
    eachConnection = false,
  } = settings
  const ebpf = { hasResponseTimes, hasDatagrams, hasNames, nat, eachConnection }
  const netlink = { hasDatagrams, eachConnection }
  if (source === 'inet_diag') return new InetDiagSource(netlink)
  if (source === 'ebpf') return new EbpfSource(ebpf)
  return new AutoSource({
    createFirst: () => new EbpfSource(ebpf),
    createSecond: () => new InetDiagSource(netlink),
  })
}

export { inspectSource } from './doctor.ts'
export type { Finding } from './finding.ts'
