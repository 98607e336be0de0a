import type { Attributes } from '@opentelemetry/api'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import type { IdentityMode, ResourceShape } from './resource-shape.ts'

/** A resource that several processes may stand under: those with one `service.*` triplet. */
export interface SharedResource {
  readonly resource: Resource
  readonly mode: IdentityMode
}

interface Slot extends SharedResource {
  resource: Resource
  mode: IdentityMode
  readonly users: Set<object>
  /** Whose process context the resource is. */
  owner: object | undefined
}

const ranks: Readonly<Record<IdentityMode, number>> = {
  own: 0,
  'shared-triplet': 1,
  'shared-exact': 2,
}

/**
 * One resource for each triplet, whichever of its processes was met first. Two resources with one triplet would make
 * two series with the same labels, of which Prometheus drops one without a word; so the processes of a service
 * that share an instance id (workers that inherited their environment, or a container's first process after the one before
 * it) are counted together.
 */
export class SharedResources {
  readonly #slots = new Map<string, Slot>()

  /** Triplets in use. */
  get size(): number {
    return this.#slots.size
  }

  /** @param user whoever will call {@link release}; calling again with another shape updates what it told before */
  acquire(user: object, shape: ResourceShape): SharedResource {
    const key = keyOf(shape)
    const slot = this.#slots.get(key)
    if (slot === undefined) {
      const made: Slot = {
        resource: resourceFromAttributes(shape.attributes),
        mode: shape.mode,
        users: new Set([user]),
        owner: shape.mode === 'shared-exact' ? user : undefined,
      }
      this.#slots.set(key, made)
      return made
    }
    slot.users.add(user)
    if (!isReplaced(slot, user, shape)) return slot
    if (shape.mode === 'shared-exact') slot.owner = user
    if (slot.mode !== shape.mode || !equal(slot.resource.attributes, shape.attributes)) {
      slot.resource = resourceFromAttributes(shape.attributes)
      slot.mode = shape.mode
    }
    return slot
  }

  release(user: object, shape: ResourceShape): void {
    const key = keyOf(shape)
    const slot = this.#slots.get(key)
    if (slot === undefined || !slot.users.delete(user)) return
    if (slot.owner === user) slot.owner = undefined
    if (slot.users.size === 0) this.#slots.delete(key)
  }
}

/**
 * The SDK's own resource is worth more than the bare triplet, but two workers must not take turns. Of those that are ours the
 * latest counts: the one before has ended.
 */
function isReplaced(slot: Slot, user: object, { mode }: ResourceShape): boolean {
  if (mode === 'shared-exact') return slot.owner === undefined || slot.owner === user
  return mode === 'own' ? slot.mode === 'own' : ranks[mode] > ranks[slot.mode]
}

function keyOf(shape: ResourceShape): string {
  return JSON.stringify([shape.serviceName, shape.serviceNamespace, shape.instanceId])
}

function equal(one: Attributes, other: Attributes): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
