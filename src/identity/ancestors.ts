import type { ProcessKey, ProcessSeen } from '../connection/process.ts'
import { parseCgroup } from './cgroup.ts'
import type { CgroupPaths } from './cgroup-paths.ts'
import { readEnvironment } from './environment.ts'
import type { BoundedFiles } from './files.ts'
import { type ProcessFiles, startTicksOf } from './process-files.ts'

export interface AncestorsSettings {
  readonly procRoot: string
  readonly files: BoundedFiles
  readonly processes: ProcessFiles
  readonly cgroups: CgroupPaths
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number
}

interface Known {
  readonly environment: ReadonlyMap<string, string>
  readonly readMs: number
}

const maxKnown = 1024
/** A script that starts a hundred programs a second is read once in this time. */
const keptMs = 5_000

/**
 * What processes that are gone would have told by their environment: a process hands its environment on to those that it
 * starts. Asked are the parent and, if that is gone too and was never read, its parent, as far as the kernel tells of them.
 */
export class Ancestors {
  readonly #settings: AncestorsSettings
  /** The one longest not asked for first. */
  readonly #known = new Map<string, Known>()

  constructor(settings: AncestorsSettings) {
    this.#settings = settings
  }

  get size(): number {
    return this.#known.size
  }

  /** @returns `undefined` if no ancestor is left that could tell */
  environmentFor(seen: ProcessSeen): ReadonlyMap<string, string> | undefined {
    for (const ancestor of seen.ancestors ?? []) {
      if (ancestor.pid <= 1) return undefined
      const found = this.#find(ancestor)
      if (found !== undefined) return found.environment
    }
    return undefined
  }

  #find(ancestor: ProcessKey): Known | undefined {
    const id = `${ancestor.pid} ${ancestor.startTime}`
    const known = this.#known.get(id)
    const isFresh = known !== undefined && this.#settings.clock() - known.readMs < keptMs
    const found = isFresh ? known : (this.#read(ancestor) ?? known)
    this.#known.delete(id)
    if (found !== undefined) this.#keep(id, found)
    return found
  }

  #keep(id: string, known: Known): void {
    this.#known.set(id, known)
    if (this.#known.size <= maxKnown) return
    const oldest = this.#known.keys().next()
    if (oldest.done !== true) this.#known.delete(oldest.value)
  }

  /** The start time is read last, as for any process: then all before was of this one. */
  #read({ pid, startTime, cgroupId }: ProcessKey): Known | undefined {
    const { files, processes, procRoot, cgroups, clock } = this.#settings
    if (!processes.exists(pid)) return undefined
    const path = parseCgroup(processes.cgroup(pid) ?? '').unifiedPath
    const environment = readEnvironment(files, procRoot, pid)
    const stat = processes.stat(pid)
    const isIt = stat !== undefined && !stat.isZombie && stat.startTicks === startTicksOf(startTime)
    if (!isIt) return undefined
    if (path !== undefined) cgroups.remember(cgroupId, path)
    return { environment: environment.attributes, readMs: clock() }
  }
}
