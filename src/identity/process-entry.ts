import type { Attributes } from '@opentelemetry/api'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import type { ProcessSeen } from '../connection/process.ts'
import type { Claimant, PodInstances } from './pod-instances.ts'
import type { ProcessLookup, Sighting, Target } from './process-lookup.ts'
import { type IdentityMode, type ResourceShape, shapeResource } from './resource-shape.ts'
import type { Rules } from './rules/rules.ts'
import type { SharedResource, SharedResources } from './shared-resources.ts'
import { type Directories, lookAround, type Neighbourhood } from './surroundings.ts'

/**
 * Who a process is: a live view, the same object for as long as the process is known. What it says may change, since
 * an SDK may publish its resource late; `resource` is the same object until then.
 */
export interface ProcessIdentity {
  /** 0 where only the control group is known, or nothing. */
  readonly pid: number
  /**
   * Processes of one service that share an instance id have the same object here: series belong to the resource,
   * not to the process.
   */
  readonly resource: Resource
  readonly mode: IdentityMode
  readonly serviceName: string
  readonly serviceNamespace: string | undefined
  readonly instanceId: string
  /** Empty if not known. */
  readonly executableName: string
  readonly containerId: string | undefined
  /** With its suffix: `nginx.service`. */
  readonly systemdUnit: string | undefined
  /** As of the last look. */
  readonly isAlive: boolean
}

/** Semantic conventions that the attributes follow. */
const schemaUrl = 'https://opentelemetry.io/schemas/1.45.0'
/** After the first look; later ones follow each other by the settings. */
const checksAfterMs = [5_000, 30_000] as const
const maxPorts = 64
const nothing: ReadonlyMap<string, string> = new Map()

/** What every entry needs to make its resource. */
export interface EntrySettings {
  readonly lookup: ProcessLookup
  readonly shared: SharedResources
  readonly host: Attributes
  readonly instanceIdOf: (target: Target) => string
  readonly directories: Directories
  readonly podInstances: PodInstances
  /** Whether labels of a pod name its service. */
  readonly kubernetesLabels: boolean
  readonly rules: Rules
  /** How often a living process is looked at. */
  readonly refreshMs: number
}

/** One process in the cache. */
export class ProcessEntry implements ProcessIdentity, Claimant {
  readonly pid: number
  readonly firstSeenMs: number
  askedMs: number
  /** When to look again; infinite if there is nothing more to learn. */
  checkMs = Number.POSITIVE_INFINITY
  readonly #settings: EntrySettings
  readonly #cgroupId: bigint
  #seen: ProcessSeen | undefined
  #sighting: Sighting
  #around: Neighbourhood
  /** Once it has it, it keeps it. */
  #podInstanceId: string | undefined
  #ownInstance: { readonly startTicks: number | undefined; readonly id: string } | undefined
  /** That it listens on, or serves; only if rules ask for them. */
  readonly #ports = new Set<number>()
  #shape: ResourceShape
  #own: Resource
  #shared: SharedResource | undefined
  #checks = 0
  #isReleased = false

  constructor(settings: EntrySettings, target: Target, seen: ProcessSeen | undefined, now: number) {
    this.#settings = settings
    this.#cgroupId = target.cgroupId
    this.#seen = seen
    this.pid = target.pid
    this.firstSeenMs = now
    this.askedMs = now
    this.#sighting = settings.lookup.look(target, seen)
    this.#around = lookAround(settings.directories, this.#sighting.cgroup)
    this.#shape = this.#shapeOf(this.#sighting)
    this.#own = resourceFromAttributes(this.#shape.attributes, { schemaUrl })
    if (this.#shape.isShared) this.#shared = settings.shared.acquire(this, this.#shape)
    this.#schedule(now)
  }

  get resource(): Resource {
    return this.#shared?.resource ?? this.#own
  }

  get mode(): IdentityMode {
    return this.#shared?.mode ?? 'own'
  }

  get serviceName(): string {
    return this.#shape.serviceName
  }

  get serviceNamespace(): string | undefined {
    return this.#shape.serviceNamespace
  }

  get instanceId(): string {
    return this.#shape.instanceId
  }

  get executableName(): string {
    return this.#sighting.executableName
  }

  get containerId(): string | undefined {
    return this.#sighting.cgroup?.containerId
  }

  get systemdUnit(): string | undefined {
    return this.#sighting.cgroup?.systemdUnit
  }

  get isAlive(): boolean {
    return this.#sighting.isAlive
  }

  /** The kernel's word came after somebody had asked for a process that was gone by then. */
  tell(seen: ProcessSeen, now: number): void {
    if (this.#seen !== undefined) return
    this.#seen = seen
    if (!this.isAlive) this.#apply(this.#settings.lookup.look(this.#target(), seen), now)
  }

  /** Looks at the process again: it may have ended, run another program, moved or published its resource. */
  check(now: number): void {
    this.#checks += 1
    this.#apply(this.#settings.lookup.look(this.#target(), this.#seen, this.#sighting), now)
  }

  /** Whether a directory may know more of it. */
  get isContained(): boolean {
    const { cgroup } = this.#sighting
    return cgroup?.containerId !== undefined || cgroup?.podUid !== undefined
  }

  /** A directory has told something of it. */
  get isPlaced(): boolean {
    return this.#around.container !== undefined || this.#around.pod !== undefined
  }

  /** A directory may have learnt of its container or pod, or that it is called otherwise. Reads no file. */
  lookAround(): void {
    if (this.#isReleased) return
    const around = lookAround(this.#settings.directories, this.#sighting.cgroup, this.#around)
    const { container, pod } = this.#around
    if (around.container === container && around.pod === pod) return
    this.#around = around
    this.#reshape()
  }

  /** The process listens on a port, or has taken a connection on it. */
  serves(port: number): void {
    if (this.#ports.has(port) || this.#ports.size >= maxPorts || this.#isReleased) return
    this.#ports.add(port)
    this.#reshape()
  }

  livesNow(): boolean {
    return this.isAlive && this.#settings.lookup.isAlive(this.#target())
  }

  release(): void {
    this.#isReleased = true
    const { podInstances } = this.#settings
    if (this.#podInstanceId !== undefined) podInstances.release(this.#podInstanceId, this)
    if (this.#shared !== undefined) this.#settings.shared.release(this, this.#shape)
  }

  #target(): Target {
    return {
      pid: this.pid,
      startTicks: this.#sighting.startTicks,
      cgroupId: this.#cgroupId,
    }
  }

  #apply(sighting: Sighting, now: number): void {
    this.#sighting = sighting
    this.#schedule(now)
    this.#around = lookAround(this.#settings.directories, sighting.cgroup, this.#around)
    this.#reshape()
  }

  #reshape(): void {
    const shape = this.#shapeOf(this.#sighting)
    if (JSON.stringify(shape) === JSON.stringify(this.#shape)) return
    const previous = this.#shape
    const wasShared = this.#shared !== undefined
    this.#shape = shape
    if (shape.isShared) {
      this.#shared = this.#settings.shared.acquire(this, shape)
    } else {
      this.#own = resourceFromAttributes(shape.attributes, { schemaUrl })
      this.#shared = undefined
    }
    if (wasShared && (!shape.isShared || !sameTriplet(shape, previous))) {
      this.#settings.shared.release(this, previous)
    }
  }

  /** A digest: made once, unless the start time was not known at first. */
  #ownInstanceIdAt(startTicks: number | undefined): string {
    if (this.#ownInstance?.startTicks !== startTicks) this.#ownInstance = undefined
    const { pid } = this
    const make = () => this.#settings.instanceIdOf({ pid, startTicks, cgroupId: this.#cgroupId })
    this.#ownInstance ??= { startTicks, id: make() }
    return this.#ownInstance.id
  }

  #shapeOf(sighting: Sighting): ResourceShape {
    const ownInstanceId = this.#ownInstanceIdAt(sighting.startTicks)
    const { container, pod } = this.#around
    const serviceLabels = this.#settings.kubernetesLabels ? pod?.serviceLabels : undefined
    const around = {
      container,
      pod,
      serviceLabels: serviceLabels ?? nothing,
      ruled: this.#settings.rules.find({
        ...sighting,
        user: sighting.owner,
        containerName: container?.name ?? sighting.cgroup?.containerName,
        systemdUnit: sighting.cgroup?.systemdUnit,
        ports: this.#ports,
      }),
      podInstanceId: this.#claimPodInstance(sighting),
    }
    return shapeResource(sighting, around, this.#settings.host, ownInstanceId)
  }

  #claimPodInstance({ isFirstOfContainer }: Sighting): string | undefined {
    const { pod } = this.#around
    if (this.#podInstanceId !== undefined || !isFirstOfContainer) return this.#podInstanceId
    if (pod?.containerName === undefined) return undefined
    const id = `${pod.namespace}.${pod.name}.${pod.containerName}`
    if (this.#settings.podInstances.claim(id, this)) this.#podInstanceId = id
    return this.#podInstanceId
  }

  #schedule(now: number): void {
    if (!this.isAlive) {
      // Once more for the path of its control group, which may not be looked up too often.
      const isUnresolved = this.#sighting.cgroup === undefined && this.#cgroupId !== 0n
      const isLast = this.#checks > 0
      this.checkMs = isUnresolved && !isLast ? now + checksAfterMs[0] : Number.POSITIVE_INFINITY
      return
    }
    const { refreshMs } = this.#settings
    const after = [...checksAfterMs, refreshMs][this.#checks] ?? Number.POSITIVE_INFINITY
    this.checkMs = Math.min(this.firstSeenMs + after, now + refreshMs)
  }
}

function sameTriplet(one: ResourceShape, other: ResourceShape): boolean {
  return (
    one.serviceName === other.serviceName &&
    one.serviceNamespace === other.serviceNamespace &&
    one.instanceId === other.instanceId
  )
}
