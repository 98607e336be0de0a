import { EbpfSource } from './ebpf.ts'
import type { Source } from './source.ts'

export interface SourceSettings {
  readonly source: 'auto' | 'ebpf'
  /** Whether the sink gets each open connection at each collection. Default false. */
  readonly eachConnection?: boolean
}

/** The source that a configuration asks for. In this version it is always ebpf. */
export function createSource({ eachConnection = false }: SourceSettings): Source {
  return new EbpfSource({ eachConnection })
}

export type { Finding } from './doctor.ts'
export { inspectSource } from './doctor.ts'
