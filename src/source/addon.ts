import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { messageOf, NettracerError } from '../shared/errors.ts'

export interface LoadedProgram {
  readonly name: string
  readonly attached: boolean
  /** What libbpf and the kernel said; empty when attached. */
  readonly error: string
}

export interface ProgramStatistics {
  readonly name: string
  readonly runCount: number
  readonly runTimeNs: number
  /** Events for which the kernel did not run it, because they interrupted a run of it on the same CPU. */
  readonly missed: number
}

/** The addon's class (native/tracer.cc). Errors carry a `code` of the table in shared/errors.ts. */
export interface Tracer {
  open(settings: {
    path: string
    ringBytes?: number
    /** Of the ring of DNS answers; absent: a page, for nobody wants them. */
    answerBytes?: number
    leaveOut?: readonly string[]
    /** The root of cgroup v2: without it programs of a cgroup do not attach. */
    cgroupPath?: string
  }): LoadedProgram[]
  /** One line for each struct and field: `name offset size`. */
  layout(structs: readonly string[]): string
  /** Copies whole records of the event ring. @returns bytes; less than 512 short of the buffer: more may wait */
  drain(into: Uint8Array): number
  /** The same of the ring of DNS answers. Less than 2 KiB short of the buffer: more may wait. */
  drainAnswers(into: Uint8Array): number
  /** Reads on in a pass, beginning one if none is under way. @returns bytes, 0 at the end */
  readPass(program: string, into: Uint8Array): Promise<number>
  /** Moves entries (key, then value) out of a hash map. @returns bytes */
  takeMap(map: string, into: Uint8Array): number
  lookUp(map: string, key: Uint8Array, value: Uint8Array): void
  update(map: string, key: Uint8Array, value: Uint8Array): void
  /** Counts and times are zero unless `kernel.bpf_stats_enabled=1`. */
  statistics(): ProgramStatistics[]
  /** From `CLOCK_BOOTTIME` to the wall clock as it is set now, in ns. */
  wallOffset(): bigint
  /** Gives free memory of the C heap back to the kernel: some milliseconds. */
  trim(): void
  close(): void
}

/** Beside `src/` as beside `dist/`. */
const addonPath = fileURLToPath(new URL('../../build/nettracer.node', import.meta.url))
export const objectPath: string = fileURLToPath(
  new URL('../../build/nettracer.bpf.o', import.meta.url),
)

export function createTracer(path: string = addonPath): Tracer {
  const { Tracer } = loadAddon(path) as { Tracer: new () => Tracer }
  return new Tracer()
}

/** @throws NettracerError NETTRACER_ERR_ADDON_MISSING */
export function loadAddon(path: string = addonPath): unknown {
  const fix = 'build it with `npm start` or `make`'
  if (!existsSync(path)) {
    throw new NettracerError('NETTRACER_ERR_ADDON_MISSING', `${path} does not exist: ${fix}`)
  }
  try {
    return createRequire(import.meta.url)(path)
  } catch (thrown) {
    throw new NettracerError(
      'NETTRACER_ERR_ADDON_MISSING',
      `${path} cannot be loaded (${messageOf(thrown)}): ${fix}`,
      { cause: thrown },
    )
  }
}
