import type { Meter } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Temporality } from '../model/metrics.ts'

/** The agent's own MeterProvider, read when someone asks, in each temporality that an exporter wants. */
export class OwnMetrics {
  readonly #readers = new Map<Temporality, OnDemandReader>()
  readonly #provider: MeterProvider
  readonly #version: string

  constructor(resource: Resource, version: string) {
    this.#version = version
    this.#readers.set('cumulative', new OnDemandReader('cumulative'))
    this.#readers.set('delta', new OnDemandReader('delta'))
    this.#provider = new MeterProvider({ resource, readers: [...this.#readers.values()] })
  }

  meter(): Meter {
    return this.#provider.getMeter('otel-nettracer', this.#version)
  }

  /** For delta: what happened since the last call for delta. */
  async collect(temporality: Temporality): Promise<ResourceMetrics | undefined> {
    return (await this.#readers.get(temporality)?.collect())?.resourceMetrics
  }

  async shutdown(): Promise<void> {
    await this.#provider.shutdown()
  }
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
