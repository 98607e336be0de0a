import type { Attributes } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics'
import { identityLabels } from './identity-labels.ts'
import type { Labels } from './labels.ts'
import { formatLabels, toLabels } from './labels.ts'

type Scope = ScopeMetrics['scope']

export interface LabelSettings {
  /** Given to each series as they are. */
  readonly constLabels: Readonly<Record<string, string>>
  /** Whether `otel_scope_name`, `_version` and `_schema_url` are left out. */
  readonly isWithoutScope: boolean
  /** Whether resource attributes become labels of each series. */
  readonly hasResourceLabels: boolean
  /** Whether these leave out what `job` and `instance` say already. */
  readonly excludesServiceAttributes: boolean
}

interface Cached {
  readonly resource: Resource
  readonly scope: Scope
  readonly text: string
}

const serviceKeys = new Set(['service.name', 'service.namespace', 'service.instance.id'])

/**
 * The finished label text of a point. A series is reported with the same attribute object each time, so the text is
 * kept with that object and escaping is paid once for a series and not once for an interval.
 */
export class LabelCache {
  readonly #settings: LabelSettings
  readonly #const: Labels
  readonly #taken: Set<string>
  readonly #cache = new WeakMap<Attributes, Cached>()
  #resource: Resource | undefined
  #scope: Scope | undefined
  /** Made when it is needed: what is cached has it already. */
  #common: string | undefined

  constructor(settings: LabelSettings) {
    this.#settings = settings
    this.#const = toLabels(settings.constLabels, new Set())
    this.#taken = new Set(['job', 'instance', 'le', ...this.#const.keys()])
    if (!settings.isWithoutScope) {
      for (const name of ['name', 'version', 'schema_url']) this.#taken.add(`otel_scope_${name}`)
    }
  }

  /** Says whose attributes come next. */
  begin(resource: Resource, scope: Scope): void {
    this.#resource = resource
    this.#scope = scope
    this.#common = undefined
  }

  labelsOf(attributes: Attributes): string {
    const cached = this.#cache.get(attributes)
    if (
      cached !== undefined &&
      cached.resource === this.#resource &&
      cached.scope === this.#scope
    ) {
      return cached.text
    }
    const own = formatLabels(toLabels(this.#withResource(attributes), this.#taken))
    this.#common ??= this.#commonLabels()
    const text = [own, this.#common].filter((part) => part !== '').join(',')
    if (this.#resource !== undefined && this.#scope !== undefined) {
      this.#cache.set(attributes, { resource: this.#resource, scope: this.#scope, text })
    }
    return text
  }

  #commonLabels(): string {
    const labels: Labels = identityLabels(this.#resource?.attributes ?? {})
    if (!this.#settings.isWithoutScope) {
      const { name = '', version = '', schemaUrl = '' } = this.#scope ?? {}
      labels.set('otel_scope_name', name)
      labels.set('otel_scope_version', version)
      labels.set('otel_scope_schema_url', schemaUrl)
    }
    for (const [name, value] of this.#const) labels.set(name, value)
    return formatLabels(labels)
  }

  #withResource(attributes: Attributes): Attributes {
    if (!this.#settings.hasResourceLabels || this.#resource === undefined) return attributes
    const all: Attributes = { ...attributes }
    for (const [key, value] of Object.entries(this.#resource.attributes)) {
      if (this.#settings.excludesServiceAttributes && serviceKeys.has(key)) continue
      all[key] = value
    }
    return all
  }
}
