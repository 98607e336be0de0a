import type { Attributes } from '@opentelemetry/api'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import type { ProcessSeen } from '../connection/process.ts'
import type { ProcessLookup, Sighting, Target } from './process-lookup.ts'
import { type IdentityMode, type ResourceShape, shapeResource } from './resource-shape.ts'
import type { SharedResource, SharedResources } from './shared-resources.ts'

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
/** After the first look; later ones follow each other by the last. */
const checksAfterMs = [5_000, 30_000, 300_000] as const
const checkEveryMs = 300_000

/** What every entry needs to make its resource. */
export interface EntrySettings {
  readonly lookup: ProcessLookup
  readonly shared: SharedResources
  readonly host: Attributes
  readonly instanceIdOf: (target: Target) => string
}

/** One process in the cache. */
export class ProcessEntry implements ProcessIdentity {
  readonly pid: number
  readonly firstSeenMs: number
  askedMs: number
  /** When to look again; infinite if there is nothing more to learn. */
  checkMs = Number.POSITIVE_INFINITY
  readonly #settings: EntrySettings
  readonly #cgroupId: bigint
  #seen: ProcessSeen | undefined
  #sighting: Sighting
  #shape: ResourceShape
  #own: Resource
  #shared: SharedResource | undefined
  #checks = 0

  constructor(settings: EntrySettings, target: Target, seen: ProcessSeen | undefined, now: number) {
    this.#settings = settings
    this.#cgroupId = target.cgroupId
    this.#seen = seen
    this.pid = target.pid
    this.firstSeenMs = now
    this.askedMs = now
    this.#sighting = settings.lookup.look(target, seen)
    this.#shape = this.#shapeOf(this.#sighting)
    this.#own = resourceFromAttributes(this.#shape.attributes, { schemaUrl })
    if (this.#shape.mode !== 'own') this.#shared = settings.shared.acquire(this, this.#shape)
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

  release(): void {
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
    const shape = this.#shapeOf(sighting)
    if (JSON.stringify(shape) === JSON.stringify(this.#shape)) return
    const previous = this.#shape
    const wasShared = this.#shared !== undefined
    this.#shape = shape
    if (shape.mode === 'own') {
      this.#own = resourceFromAttributes(shape.attributes, { schemaUrl })
      this.#shared = undefined
    } else {
      this.#shared = this.#settings.shared.acquire(this, shape)
    }
    if (wasShared && (shape.mode === 'own' || !sameTriplet(shape, previous))) {
      this.#settings.shared.release(this, previous)
    }
  }

  #shapeOf(sighting: Sighting): ResourceShape {
    const ownInstanceId = this.#settings.instanceIdOf({
      pid: this.pid,
      startTicks: sighting.startTicks,
      cgroupId: this.#cgroupId,
    })
    return shapeResource(sighting, this.#settings.host, ownInstanceId)
  }

  #schedule(now: number): void {
    if (!this.isAlive) {
      // Once more for the path of its control group, which may not be looked up too often.
      const isUnresolved = this.#sighting.cgroup === undefined && this.#cgroupId !== 0n
      const isLast = this.#checks > 0
      this.checkMs = isUnresolved && !isLast ? now + checksAfterMs[0] : Number.POSITIVE_INFINITY
      return
    }
    const after = checksAfterMs[this.#checks]
    this.checkMs = after === undefined ? now + checkEveryMs : this.firstSeenMs + after
  }
}

function sameTriplet(one: ResourceShape, other: ResourceShape): boolean {
  return (
    one.serviceName === other.serviceName &&
    one.serviceNamespace === other.serviceNamespace &&
    one.instanceId === other.instanceId
  )
}
