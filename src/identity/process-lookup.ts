import type { ProcessSeen } from '../connection/process.ts'
import { type CgroupFacts, parseCgroup } from './cgroup.ts'
import { CgroupPaths } from './cgroup-paths.ts'
import { readEnvironment } from './environment.ts'
import { BoundedFiles } from './files.ts'
import { type ProcessContext, ProcessContextReader } from './process-context.ts'
import { ProcessFiles, type ProcessStat, readBootSeconds, ticksPerSecond } from './process-files.ts'
import { nameExecutable, type ProcessFacts } from './resource-shape.ts'
import { Users } from './users.ts'

/** Which process to look at; without `startTicks` whoever has the pid now. */
export interface Target {
  readonly pid: number
  readonly startTicks: number | undefined
  readonly cgroupId: bigint
}

/** What one look at a process gave. */
export interface Sighting extends ProcessFacts {
  readonly isAlive: boolean
  readonly context: ProcessContext | undefined
}

export interface LookupSettings {
  readonly procRoot: string
  readonly etcRoot: string
  readonly cgroupRoot: string | undefined
  /** Whether `process.command_line` is read: it may hold secrets. */
  readonly commandLine: boolean
  readonly clock: () => number
}

const nothing: ReadonlyMap<string, string> = new Map()

/** Reads everything that is known of a process from the kernel's files. Counts what it could not read. */
export class ProcessLookup {
  readonly files = new BoundedFiles()
  readonly contexts: ProcessContextReader
  readonly cgroups: CgroupPaths
  readonly #settings: LookupSettings
  readonly #processes: ProcessFiles
  readonly #users: Users
  readonly #bootSeconds: number | undefined
  #malformedEnvironments = 0

  constructor(settings: LookupSettings) {
    this.#settings = settings
    this.#processes = new ProcessFiles(this.files, settings.procRoot)
    this.#users = new Users(this.files, settings.etcRoot)
    this.contexts = new ProcessContextReader(this.files, settings.procRoot)
    this.cgroups = new CgroupPaths(this.files, settings)
    this.#bootSeconds = readBootSeconds(this.files, settings.procRoot)
  }

  /** Processes whose `OTEL_RESOURCE_ATTRIBUTES` was discarded because of an error in it. */
  get malformedEnvironments(): number {
    return this.#malformedEnvironments
  }

  /**
   * @param seen what the kernel told, for what cannot be read any more
   * @param previous the last sighting of this process: it is kept if the process has ended since
   */
  look(target: Target, seen?: ProcessSeen, previous?: Sighting): Sighting {
    const living = target.pid === 0 ? undefined : this.#lookAlive(target, seen, previous)
    if (living !== undefined) return living
    const cgroup = previous?.cgroup ?? this.cgroups.find(target.cgroupId)
    if (previous !== undefined) return { ...previous, cgroup, isAlive: false }
    return this.#fromKernel(target, seen, cgroup)
  }

  /** Reads the start time last: if it is still the target's, then all that was read before was the target's too. */
  #lookAlive(target: Target, seen?: ProcessSeen, previous?: Sighting): Sighting | undefined {
    const { pid } = target
    if (!this.#processes.exists(pid)) return undefined
    const executablePath = this.#processes.executablePath(pid)
    const cgroup = this.#cgroupOf(target)
    const environment = readEnvironment(this.files, this.#settings.procRoot, pid)
    const context = this.#contextOf(pid, executablePath, previous)
    const owner = this.#ownerOf(pid, previous === undefined ? seen : undefined)
    const commandLine = this.#commandLineOf(pid)
    const stat = this.#processes.stat(pid)
    if (stat === undefined || !isTarget(stat, target)) return undefined

    if (environment.isMalformed && previous === undefined) this.#malformedEnvironments += 1
    return {
      pid,
      ...this.#times(stat.startTicks),
      executablePath,
      executableName: nameExecutable(executablePath, seen, stat.comm),
      commandLine,
      owner,
      cgroup,
      environment: environment.attributes,
      context,
      isAlive: true,
    }
  }

  #cgroupOf(target: Target): CgroupFacts | undefined {
    const text = this.#processes.cgroup(target.pid)
    if (text === undefined) return undefined
    const cgroup = parseCgroup(text)
    if (cgroup.unifiedPath !== undefined) this.cgroups.remember(target.cgroupId, cgroup.unifiedPath)
    return cgroup
  }

  #ownerOf(pid: number, seen: ProcessSeen | undefined): string | undefined {
    const uid = seen?.uid ?? this.#processes.owner(pid)
    return uid === undefined ? undefined : this.#users.nameOf(uid)
  }

  #commandLineOf(pid: number): string | undefined {
    return this.#settings.commandLine ? this.#processes.commandLine(pid) : undefined
  }

  /** A context that is gone again was dropped at the SDK's shutdown: it was this program's all the same. */
  #contextOf(pid: number, path: string | undefined, last?: Sighting): ProcessContext | undefined {
    const known = last?.executablePath === path ? last?.context : undefined
    return this.contexts.read(pid, known) ?? known
  }

  #fromKernel(target: Target, seen?: ProcessSeen, cgroup?: CgroupFacts): Sighting {
    return {
      pid: target.pid,
      ...this.#times(target.startTicks),
      executablePath: undefined,
      executableName: nameExecutable(undefined, seen, undefined),
      commandLine: undefined,
      owner: seen === undefined ? undefined : this.#users.nameOf(seen.uid),
      cgroup,
      environment: nothing,
      context: undefined,
      isAlive: false,
    }
  }

  #times(startTicks: number | undefined): Pick<Sighting, 'startTicks' | 'creationMs'> {
    if (startTicks === undefined || this.#bootSeconds === undefined) {
      return { startTicks, creationMs: undefined }
    }
    return {
      startTicks,
      creationMs: this.#bootSeconds * 1000 + startTicks * (1000 / ticksPerSecond),
    }
  }
}

function isTarget(stat: ProcessStat, target: Target): boolean {
  if (stat.isZombie) return false
  return target.startTicks === undefined || stat.startTicks === target.startTicks
}
