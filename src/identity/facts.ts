import type { CgroupFacts } from './cgroup.ts'
import type { ContainerFacts } from './container/directory.ts'
import type { PodFacts } from './kubernetes/directory.ts'
import type { SimpleValue } from './protobuf.ts'

/** Attributes by key, of whoever told them. */
export type Told = ReadonlyMap<string, SimpleValue>

/** All that was learnt of a process from the kernel and its files, before it becomes a resource. */
export interface ProcessFacts {
  readonly pid: number
  /** Clock ticks since boot; `undefined` if not known. */
  readonly startTicks: number | undefined
  /** Milliseconds since the epoch; `undefined` if not known. */
  readonly creationMs: number | undefined
  readonly executableName: string
  readonly executablePath: string | undefined
  /** The first word of the command line of a program for Node.js or Python, which its SDK names it by; `undefined` of others. */
  readonly startedAs: string | undefined
  readonly commandLine: string | undefined
  readonly owner: string | undefined
  readonly cgroup: CgroupFacts | undefined
  readonly environment: ReadonlyMap<string, string>
  readonly context: { readonly attributes: Told; readonly isComplete: boolean } | undefined
}

/** What others tell of a process's place. */
export interface Surroundings {
  readonly container: ContainerFacts | undefined
  readonly pod: PodFacts | undefined
  /** `app.kubernetes.io/*` by what follows the slash; empty unless switched on. */
  readonly serviceLabels: ReadonlyMap<string, string>
  /** Attributes by the first rule of the configuration that fits. */
  readonly ruled: Told
  /** `<namespace>.<pod>.<container>`, if no other process has it. */
  readonly podInstanceId: string | undefined
}
