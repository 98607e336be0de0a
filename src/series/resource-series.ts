import type { Resource } from '@opentelemetry/resources'
import type { Cell } from './cell.ts'

/** All series of one resource. */
export class ResourceSeries {
  readonly resource: Resource
  /** By view, then by the values of its attributes. */
  readonly cells: readonly Map<string, Cell>[]
  /** Likewise those that ended: their last values were reported with the last collection. */
  readonly ended: readonly Map<string, Cell>[]

  constructor(resource: Resource, views: number) {
    this.resource = resource
    this.cells = Array.from({ length: views }, () => new Map<string, Cell>())
    this.ended = Array.from({ length: views }, () => new Map<string, Cell>())
  }

  get isEmpty(): boolean {
    return [...this.cells, ...this.ended].every(({ size }) => size === 0)
  }
}

/**
 * Finds the series of a resource. Resources with equal attributes are one, whether or not they are the same object:
 * two would make series that no backend can tell apart.
 */
export class ResourceTable {
  readonly #views: number
  readonly #byAttributes = new Map<string, ResourceSeries>()
  readonly #keys = new WeakMap<Resource, string>()

  constructor(views: number) {
    this.#views = views
  }

  get(resource: Resource): ResourceSeries {
    const key = this.keyOf(resource)
    const known = this.#byAttributes.get(key)
    if (known !== undefined) return known
    const created = new ResourceSeries(resource, this.#views)
    this.#byAttributes.set(key, created)
    return created
  }

  values(): IterableIterator<ResourceSeries> {
    return this.#byAttributes.values()
  }

  dropEmpty(): void {
    for (const [key, { isEmpty }] of this.#byAttributes) {
      if (isEmpty) this.#byAttributes.delete(key)
    }
  }

  /** Equal for resources with equal attributes. */
  keyOf(resource: Resource): string {
    const known = this.#keys.get(resource)
    if (known !== undefined) return known
    const entries = Object.entries(resource.attributes).sort(([one], [other]) =>
      one < other ? -1 : 1,
    )
    const key = JSON.stringify([resource.schemaUrl, entries])
    this.#keys.set(resource, key)
    return key
  }
}
