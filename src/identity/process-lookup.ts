import type { ProcessSeen } from '../connection/process.ts'
import { Ancestors } from './ancestors.ts'
import { type CgroupFacts, parseCgroup } from './cgroup.ts'
import { CgroupPaths } from './cgroup-paths.ts'
import { readEnvironment } from './environment.ts'
import type { ProcessFacts } from './facts.ts'
import { BoundedFiles } from './files.ts'
import { type ProcessContext, ProcessContextReader } from './process-context.ts'
import { ProcessFiles, type ProcessStat, readBootSeconds, ticksPerSecond } from './process-files.ts'
import { nameExecutable } from './resource-shape.ts'
import { baseName } from './text.ts'
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
  /** It is the first process of its pod's container, so that its life is the container's. Not asked outside of pods. */
  readonly isFirstOfContainer: boolean
  /** For rules only. */
  readonly arguments: string | undefined
  readonly uid: number | undefined
  readonly context: ProcessContext | undefined
}

export interface LookupSettings {
  readonly procRoot: string
  readonly etcRoot: string
  readonly cgroupRoot: string | undefined
  /** What is shown of a command line, which may hold secrets; without it none is read. */
  readonly commandLine: ((args: readonly string[]) => string) | undefined
  /** Whether arguments are read for rules: they go no further. */
  readonly useArguments: boolean
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
  readonly #ancestors: Ancestors
  readonly #users: Users
  readonly #bootSeconds: number | undefined
  #malformedEnvironments = 0

  constructor(settings: LookupSettings) {
    this.#settings = settings
    this.#processes = new ProcessFiles(this.files, settings.procRoot)
    this.#users = new Users(this.files, settings.etcRoot)
    this.contexts = new ProcessContextReader(this.files, settings.procRoot)
    this.cgroups = new CgroupPaths(this.files, settings)
    const { files, cgroups } = this
    this.#ancestors = new Ancestors({ ...settings, files, cgroups, processes: this.#processes })
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
    // Before the control group, whose path an ancestor may tell.
    const inherits = previous === undefined && seen !== undefined
    const environment = inherits ? this.#ancestors.environmentFor(seen) : undefined
    const cgroup = previous?.cgroup ?? this.cgroups.find(target.cgroupId, seen?.cgroupPath)
    if (previous !== undefined) return { ...previous, cgroup, isAlive: false }
    return { ...this.#fromKernel(target, seen, cgroup), environment: environment ?? nothing }
  }

  /** Whether that very process runs now. Cheap. */
  isAlive(target: Target): boolean {
    if (target.pid === 0 || !this.#processes.exists(target.pid)) return false
    const stat = this.#processes.stat(target.pid)
    return stat !== undefined && isTarget(stat, target)
  }

  /** Reads the start time last: if it is still the target's, then all that was read before was the target's too. */
  #lookAlive(target: Target, seen?: ProcessSeen, previous?: Sighting): Sighting | undefined {
    const { pid } = target
    if (!this.#processes.exists(pid)) return undefined
    const executablePath = this.#processes.executablePath(pid)
    const cgroup = this.#cgroupOf(target)
    const environment = readEnvironment(this.files, this.#settings.procRoot, pid)
    const context = this.#contextOf(pid, executablePath, previous)
    const uid = this.#uidOf(pid, previous === undefined ? seen : undefined)
    const commandLine = this.#commandLineOf(pid)
    const words = this.#argumentsOf(pid)
    const startedAs = this.#startedAs(pid, executablePath)
    const namespacePids = this.#namespacePidsOf(pid, cgroup)
    const stat = this.#processes.stat(pid)
    if (stat === undefined || !isTarget(stat, target)) return undefined

    if (environment.isMalformed && previous === undefined) this.#malformedEnvironments += 1
    return {
      pid,
      ...this.#times(stat.startTicks),
      executablePath,
      executableName: nameExecutable(executablePath, seen, stat.comm),
      startedAs,
      commandLine,
      arguments: words,
      uid,
      owner: this.#ownerOf(uid),
      cgroup,
      isFirstOfContainer: this.#isFirst(namespacePids, stat, cgroup),
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

  #uidOf(pid: number, seen: ProcessSeen | undefined): number | undefined {
    return seen?.uid ?? this.#processes.owner(pid)
  }

  #argumentsOf(pid: number): string | undefined {
    return this.#settings.useArguments ? this.#processes.commandLine(pid)?.join(' ') : undefined
  }

  #namespacePidsOf(pid: number, cgroup: CgroupFacts | undefined): readonly number[] {
    return cgroup?.podUid === undefined ? [] : this.#processes.namespacePids(pid)
  }

  #ownerOf(uid: number | undefined): string | undefined {
    return uid === undefined ? undefined : this.#users.nameOf(uid)
  }

  #commandLineOf(pid: number): string | undefined {
    const { commandLine } = this.#settings
    if (commandLine === undefined) return undefined
    const args = this.#processes.commandLine(pid)
    return args === undefined ? undefined : commandLine(args)
  }

  /** Only of a program whose SDK names it so. */
  #startedAs(pid: number, path: string | undefined): string | undefined {
    const isNamedSo = path !== undefined && /^(node(js)?|python[\d.]*)$/.test(baseName(path))
    return isNamedSo ? this.#processes.startedAs(pid) : undefined
  }

  /** In a pid namespace of its own it is process 1; in the host's, its parent is outside. */
  #isFirst(namespacePids: readonly number[], stat: ProcessStat, cgroup?: CgroupFacts): boolean {
    if (namespacePids.length > 1) return namespacePids.at(-1) === 1
    if (namespacePids.length === 0 || cgroup?.containerId === undefined) return false
    const parent = this.#processes.cgroup(stat.parentPid)
    return parent !== undefined && parseCgroup(parent).containerId !== cgroup.containerId
  }

  /** A context that is gone again was dropped at the SDK's shutdown: it was this program's all the same. */
  #contextOf(pid: number, path: string | undefined, last?: Sighting): ProcessContext | undefined {
    const known = last?.executablePath === path ? last?.context : undefined
    return this.contexts.read(pid, known) ?? known
  }

  #fromKernel(
    target: Target,
    seen?: ProcessSeen,
    cgroup?: CgroupFacts,
  ): Omit<Sighting, 'environment'> {
    return {
      pid: target.pid,
      ...this.#times(target.startTicks),
      executablePath: undefined,
      executableName: nameExecutable(undefined, seen, undefined),
      startedAs: undefined,
      commandLine: undefined,
      arguments: undefined,
      uid: seen?.uid,
      isFirstOfContainer: false,
      owner: this.#ownerOf(seen?.uid),
      cgroup,
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
