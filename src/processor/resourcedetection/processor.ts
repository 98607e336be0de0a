import type { Attributes } from '@opentelemetry/api'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import { ATTR_SERVICE_INSTANCE_ID } from '@opentelemetry/semantic-conventions'
import type { Component, Consumer } from '../../model/component.ts'
import type { WithResources } from '../shared/resources.ts'
import type { ResourceDetectionConfig } from './config.ts'

/** Adds to each resource what was detected of the host, as the Collector's processor of the same name. */
export class ResourceDetectionProcessor<Batch> implements Component, Consumer<Batch> {
  readonly #config: ResourceDetectionConfig
  readonly #withResources: WithResources<Batch>
  readonly #detect: () => Promise<Attributes>
  readonly #next: Consumer<Batch>
  #detected: Attributes = {}
  /** A resource lives as long as its process; what is made of it is one object as well. */
  #made = new WeakMap<Resource, Resource>()
  #timer: NodeJS.Timeout | undefined

  constructor(
    config: ResourceDetectionConfig,
    withResources: WithResources<Batch>,
    detect: () => Promise<Attributes>,
    next: Consumer<Batch>,
  ) {
    this.#config = config
    this.#withResources = withResources
    this.#detect = detect
    this.#next = next
  }

  async start(): Promise<void> {
    await this.#refresh()
    const { refresh_interval: interval } = this.#config
    if (interval > 0) this.#timer ??= setInterval(() => void this.#refresh(), interval)
  }

  consume(batch: Batch): void {
    this.#next.consume(this.#withResources(batch, (resource) => this.#enriched(resource)))
  }

  async caughtUp(): Promise<void> {
    await this.#next.caughtUp?.()
  }

  async shutdown(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #refresh(): Promise<void> {
    const found = await this.#detect()
    if (isEqual(found, this.#detected)) return
    this.#detected = found
    this.#made = new WeakMap()
  }

  #enriched(resource: Resource): Resource {
    const known = this.#made.get(resource)
    if (known !== undefined) return known
    const { attributes, schemaUrl } = resource
    const merged = this.#config.override
      ? { ...attributes, ...this.#detected, ...identityOf(attributes) }
      : { ...this.#detected, ...attributes }
    const made = isEqual(merged, attributes)
      ? resource
      : resourceFromAttributes(merged, schemaUrl === undefined ? {} : { schemaUrl })
    this.#made.set(resource, made)
    return made
  }
}

/** Without it processes could not be told apart, and their points would contradict each other. */
function identityOf({ [ATTR_SERVICE_INSTANCE_ID]: id }: Attributes): Attributes {
  return id === undefined ? {} : { [ATTR_SERVICE_INSTANCE_ID]: id }
}

function isEqual(one: Attributes, other: Attributes): boolean {
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  return keys.every((key) => JSON.stringify(one[key]) === JSON.stringify(other[key]))
}
