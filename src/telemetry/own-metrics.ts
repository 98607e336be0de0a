import type { Attributes, Meter } from '@opentelemetry/api'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Temporality } from '../model/metrics.ts'
import { isTold, type OwnLevel } from './own-levels.ts'

/** What may change while it runs. */
export interface OwnMetricsLevel {
  readonly level: OwnLevel
  /** Over the attributes that the resource has; without a value: removed. */
  readonly resource: Readonly<Record<string, string | number | boolean | null | undefined>>
}

/** The agent's own MeterProvider, read when someone asks, in each temporality that an exporter wants. */
export class OwnMetrics {
  readonly #readers = new Map<Temporality, OnDemandReader>()
  readonly #provider: MeterProvider
  readonly #version: string
  readonly #ownResource: () => Resource
  #resource: Resource | undefined
  #course: OwnMetricsLevel = { level: 'normal', resource: {} }

  /** @param resource asked when it is needed */
  constructor(resource: () => Resource, version: string) {
    this.#version = version
    this.#ownResource = resource
    this.#readers.set('cumulative', new OnDemandReader('cumulative'))
    this.#readers.set('delta', new OnDemandReader('delta'))
    this.#provider = new MeterProvider({ readers: [...this.#readers.values()] })
  }

  meter(): Meter {
    return this.#provider.getMeter('otel-nettracer', this.#version)
  }

  /** From now on it tells so. */
  configure(course: OwnMetricsLevel): void {
    this.#course = course
    this.#resource = undefined
  }

  /** For delta: what happened since the last call for delta. */
  async collect(temporality: Temporality): Promise<ResourceMetrics | undefined> {
    const collected = (await this.#readers.get(temporality)?.collect())?.resourceMetrics
    if (collected === undefined || this.#course.level === 'none') return undefined
    this.#resource ??= withAttributes(this.#ownResource(), this.#course.resource)
    const scopeMetrics = collected.scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.filter(({ descriptor }) => isTold(descriptor.name, this.#course.level)),
    }))
    return { resource: this.#resource, scopeMetrics }
  }

  async shutdown(): Promise<void> {
    await this.#provider.shutdown()
  }
}

function withAttributes(resource: Resource, over: OwnMetricsLevel['resource']): Resource {
  const attributes: Attributes = { ...resource.attributes }
  for (const [key, value] of Object.entries(over)) {
    if (value === null || value === undefined) Reflect.deleteProperty(attributes, key)
    else attributes[key] = value
  }
  const { schemaUrl } = resource
  return resourceFromAttributes(attributes, schemaUrl === undefined ? {} : { schemaUrl })
}

class OnDemandReader extends MetricReader {
  constructor(temporality: Temporality) {
    super({
      // As the specification has it for a delta preference: what goes up and down stays cumulative.
      aggregationTemporalitySelector: (type) =>
        temporality === 'delta' && !upAndDown.has(type)
          ? AggregationTemporality.DELTA
          : AggregationTemporality.CUMULATIVE,
    })
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

const upAndDown = new Set([
  InstrumentType.UP_DOWN_COUNTER,
  InstrumentType.OBSERVABLE_UP_DOWN_COUNTER,
])
