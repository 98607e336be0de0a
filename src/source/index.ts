import { EbpfSource } from './ebpf.ts'
import type { Source } from './source.ts'

export interface SourceSettings {
  readonly source: 'auto' | 'ebpf'
}

/** The source that a configuration asks for. In this version it is always ebpf. */
export function createSource(_settings: SourceSettings): Source {
  return new EbpfSource()
}

export type { Finding } from './doctor.ts'
export { inspectSource } from './doctor.ts'
