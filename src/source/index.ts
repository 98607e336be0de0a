import { AutoSource } from './auto.ts'
import { EbpfSource } from './ebpf.ts'
import { InetDiagSource } from './inet-diag.ts'
import type { Source } from './source.ts'

export interface SourceSettings {
  readonly source: 'auto' | 'ebpf' | 'inet_diag'
  /** Whether the sink gets each open connection at each collection. Default false. Only ebpf has them. */
  readonly eachConnection?: boolean
}

/** The source that a configuration asks for. */
export function createSource({ source, eachConnection = false }: SourceSettings): Source {
  if (source === 'inet_diag') return new InetDiagSource()
  if (source === 'ebpf') return new EbpfSource({ eachConnection })
  return new AutoSource({
    createFirst: () => new EbpfSource({ eachConnection }),
    createSecond: () => new InetDiagSource(),
  })
}

export type { Finding } from './doctor.ts'
export { inspectSource } from './doctor.ts'
