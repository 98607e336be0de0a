import type { Attributes } from '@opentelemetry/api'
import type { ProcessKey, ProcessSeen } from '../connection/process.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import type { BoundedFiles } from './files.ts'
import { type HostRoots, readHost } from './host.ts'
import { PodInstances } from './pod-instances.ts'
import { type EntrySettings, ProcessEntry, type ProcessIdentity } from './process-entry.ts'
import { startTicksOf } from './process-files.ts'
import { ProcessLookup, type Target } from './process-lookup.ts'
import { type Rule, Rules } from './rules/rules.ts'
import { SharedResources } from './shared-resources.ts'
import { type Directories, epochOf } from './surroundings.ts'
import { uuidV5 } from './uuid.ts'

export { type HostRoots, readHost } from './host.ts'
export type { ProcessIdentity } from './process-entry.ts'
export type { IdentityMode } from './resource-shape.ts'

export interface IdentitySettings extends HostRoots, Directories {
  /** Mount of the unified control group hierarchy; by default the one in `/proc/self/mountinfo`. */
  readonly cgroupRoot?: string
  /** By default the kernel's (`/proc/sys/kernel/random/boot_id`). */
  readonly bootId?: string
  /**
   * Processes kept, by default 16384, a quarter of them ended ones. Beyond it the one longest not asked for goes, an
   * ended one first.
   */
  readonly maxProcesses?: number
  /** What `process.command_line` shows of the arguments, which may hold secrets; by default there is none. */
  readonly commandLine?: ((args: readonly string[]) => string) | undefined
  /** Whether `app.kubernetes.io/*` labels name a pod's service. Default false. */
  readonly kubernetesLabels?: boolean
  /** How often a living process is looked at again, after the first half minute. Default 300,000. */
  readonly refreshMs?: number
  /** What services are called that do not say it themselves: valid ones. */
  readonly rules?: readonly Rule[]
  /** Milliseconds of a monotonic clock. */
  readonly clock?: () => number
  readonly logger?: Pick<Logger, 'limited'>
}

/** What the cache did, cumulative except for the first two. */
export interface IdentityStats {
  processes: number
  /** Of these, how many have ended. */
  ended: number
  /** Questions asked. */
  lookups: number
  /** Processes that were gone before they could be read. */
  gone: number
  evictions: number
  /** Files of living processes that the kernel did not let us read. */
  failures: number
  /** Files longer than what is read of them. */
  truncations: number
  malformedEnvironments: number
  contextReads: number
  contextRetries: number
  cgroupScans: number
}

/** Of `service.instance.id` in the semantic conventions. */
const instanceNamespace = '4d63009a-8d0f-11ee-aad7-4c796ed8e320'
/** Work of one refresh: a look at a living process costs four, at one that is gone one. */
const checkBudget = 1024
const livingCost = 4
/** A process whose series still hold open connections is asked for at each collection, so this is for stragglers. */
const keepEndedMs = 60_000
/** Processes that are asked about anew in one refresh, where a directory of containers or pods has learnt something. */
const aroundBudget = 1024

/**
 * Whose a connection is: a resource for each process, looked up once and kept. A process is its pid and its start
 * time, so that a pid used again is another process; what the kernel told of it is enough if it is gone by now.
 */
export class Identity {
  /** `host.id`, `host.name`, `host.arch`, `os.type`. */
  readonly host: Attributes
  readonly #lookup: ProcessLookup
  readonly #entrySettings: EntrySettings
  readonly #bootId: string
  readonly #maxProcesses: number
  readonly #clock: () => number
  readonly #logger: Pick<Logger, 'limited'> | undefined
  readonly #directories: Directories
  readonly #usesPorts: boolean
  #epoch = ''
  /** Processes that the directories are still to be asked about. */
  #toLookAround: ProcessEntry[] = []
  /** Both with the process longest not asked for first. */
  readonly #living = new Map<string, ProcessEntry>()
  readonly #ended = new Map<string, ProcessEntry>()
  #lookups = 0
  #gone = 0
  #evictions = 0
  #reportedFailures = 0

  constructor(settings: IdentitySettings = {}) {
    const { procRoot = '/proc', etcRoot = '/etc', cgroupRoot, commandLine } = settings
    this.#clock = settings.clock ?? (() => performance.now())
    this.#logger = settings.logger
    this.#maxProcesses = settings.maxProcesses ?? 16_384
    this.host = readHost(settings).attributes
    const rules = new Rules(settings.rules)
    this.#usesPorts = rules.usePorts
    this.#lookup = new ProcessLookup({
      procRoot,
      etcRoot,
      cgroupRoot,
      commandLine,
      useArguments: rules.useArguments,
      clock: this.#clock,
    })
    this.#directories = { containers: settings.containers, pods: settings.pods }
    this.#bootId = settings.bootId ?? readBootId(this.#lookup.files, procRoot)
    this.#entrySettings = {
      lookup: this.#lookup,
      shared: new SharedResources(),
      host: this.host,
      directories: this.#directories,
      podInstances: new PodInstances(),
      rules,
      kubernetesLabels: settings.kubernetesLabels ?? false,
      refreshMs: settings.refreshMs ?? 300_000,
      instanceIdOf: (target) => uuidV5(instanceNamespace, this.#nameOf(target)),
    }
  }

  /** Takes the kernel's first word of a process, and reads at once what is still to be read of it. */
  seen(process: ProcessSeen): void {
    const id = idOf(process)
    const known = this.#living.get(id) ?? this.#ended.get(id)
    if (known === undefined) this.#add(id, process, process)
    else known.tell(process, this.#clock())
  }

  /** Takes that a process listens on a port, or took a connection on it: rules may ask for that. */
  serves(key: ProcessKey, port: number): void {
    if (!this.#usesPorts || port === 0 || key.pid === 0) return
    const id = idOf(key)
    const entry = this.#living.get(id) ?? this.#ended.get(id) ?? this.#add(id, key)
    entry.serves(port)
  }

  /** Never fails: of a process that nothing is known of, the resource says `unknown_service`. */
  resourceOf(key: ProcessKey): ProcessIdentity {
    this.#lookups += 1
    const id = idOf(key)
    const entries = this.#living.has(id) ? this.#living : this.#ended
    const entry = entries.get(id)
    if (entry === undefined) return this.#add(id, key)
    entry.askedMs = this.#clock()
    entries.delete(id)
    entries.set(id, entry)
    return entry
  }

  /**
   * Looks again at processes that it is time for, at 256 living ones at most: 5 s and 30 s after the first sight, then by the
   * settings. Asks the directories about those whose container or pod may be known better by now. Drops those that ended and
   * that nobody asked for in 1 min.
   *
   * @param now of the clock of the settings
   */
  refresh(now: number = this.#clock()): void {
    for (const [id, entry] of this.#ended) {
      if (now - entry.askedMs > keepEndedMs) this.#remove(this.#ended, id)
    }
    const due = [...this.#living, ...this.#ended].filter(([, entry]) => entry.checkMs <= now)
    due.sort(([, one], [, other]) => one.checkMs - other.checkMs)
    let budget = checkBudget
    for (const [id, entry] of due) {
      if (budget <= 0) break
      entry.check(now)
      budget -= entry.isAlive ? livingCost : 1
      if (!entry.isAlive && this.#living.delete(id)) this.#keepEnded(id, entry)
    }
    this.#lookAround()
    this.#reportFailures()
  }

  forget(key: ProcessKey): void {
    const id = idOf(key)
    this.#remove(this.#living, id)
    this.#remove(this.#ended, id)
  }

  stats(): IdentityStats {
    const { files, contexts, cgroups, malformedEnvironments } = this.#lookup
    return {
      processes: this.#living.size + this.#ended.size,
      ended: this.#ended.size,
      lookups: this.#lookups,
      gone: this.#gone,
      evictions: this.#evictions,
      failures: files.failures,
      truncations: files.truncations,
      malformedEnvironments,
      contextReads: contexts.reads,
      contextRetries: contexts.retries,
      cgroupScans: cgroups.scans,
    }
  }

  #add(id: string, key: ProcessKey, seen?: ProcessSeen): ProcessEntry {
    const entry = new ProcessEntry(this.#entrySettings, targetOf(key), seen, this.#clock())
    if (!entry.isAlive && entry.pid !== 0) this.#gone += 1
    if (entry.isAlive) this.#living.set(id, entry)
    else this.#keepEnded(id, entry)
    if (this.#living.size + this.#ended.size > this.#maxProcesses) {
      this.#evict(this.#ended.size > (entry.isAlive ? 0 : 1) ? this.#ended : this.#living)
    }
    return entry
  }

  #keepEnded(id: string, entry: ProcessEntry): void {
    this.#ended.set(id, entry)
    if (this.#ended.size > Math.max(1, this.#maxProcesses / 4)) this.#evict(this.#ended)
  }

  #evict(entries: Map<string, ProcessEntry>): void {
    const oldest = entries.keys().next()
    if (oldest.done === true) return
    this.#remove(entries, oldest.value)
    this.#evictions += 1
  }

  #remove(entries: Map<string, ProcessEntry>, id: string): void {
    entries.get(id)?.release()
    entries.delete(id)
  }

  /** Always with pid and start time: processes of one container must not share an id. */
  #nameOf({ pid, startTicks, cgroupId }: Target): string {
    if (pid === 0) return `${this.#bootId} cgroup ${cgroupId}`
    return `${this.#bootId} process ${pid} ${startTicks ?? 'unknown'}`
  }

  #lookAround(): void {
    const epoch = epochOf(this.#directories)
    if (this.#toLookAround.length === 0 && epoch !== this.#epoch) {
      this.#epoch = epoch
      const all = [...this.#living.values(), ...this.#ended.values()]
      const contained = all.filter((entry) => entry.isContained)
      const isUnknown = (entry: ProcessEntry) => Number(!entry.isPlaced)
      this.#toLookAround = contained.toSorted((one, other) => isUnknown(other) - isUnknown(one))
    }
    for (const entry of this.#toLookAround.splice(0, aroundBudget)) entry.lookAround()
  }

  #reportFailures(): void {
    const { failures, lastFailure } = this.#lookup.files
    if (failures === this.#reportedFailures) return
    this.#logger?.limited('warn', 'identity_unreadable', 'files of some processes cannot be read', {
      failures: failures - this.#reportedFailures,
      code: lastFailure,
    })
    this.#reportedFailures = failures
  }
}

function idOf(key: ProcessKey): string {
  return key.pid === 0 ? `0 ${key.cgroupId}` : `${key.pid} ${key.startTime}`
}

/** A source that cannot tell the start time gives 0: then it is whoever has the pid. */
function targetOf(key: ProcessKey): Target {
  const isTimed = key.pid !== 0 && key.startTime !== 0n
  const startTicks = isTimed ? startTicksOf(key.startTime) : undefined
  return { pid: key.pid, startTicks, cgroupId: key.cgroupId }
}

function readBootId(files: BoundedFiles, procRoot: string): string {
  return files.text(`${procRoot}/sys/kernel/random/boot_id`, 64)?.trim() ?? ''
}
