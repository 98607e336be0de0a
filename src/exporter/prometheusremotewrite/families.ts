import type { MetricData } from '@opentelemetry/sdk-metrics'
import { FamilyNames, familyType } from '../wire/prometheus/family-names.ts'
import type { FamilyType, MetricNameSettings } from '../wire/prometheus/names.ts'
import { unitSuffix } from '../wire/prometheus/units.ts'

/** A metric by the name that Prometheus has for it. */
export interface Family {
  readonly name: string
  /** The same for the same name. */
  readonly index: number
  readonly type: FamilyType
  /** UCUM. */
  readonly unit: string
  /** As names end with it; empty for none. */
  readonly unitSuffix: string
  readonly help: string
}

type Descriptor = MetricData['descriptor']

/** Families by their metrics, whose descriptors are the same objects each time. */
export class Families {
  readonly #names: FamilyNames
  readonly #indices = new Map<string, number>()
  readonly #known = new WeakMap<Descriptor, Family | 'none'>()

  constructor(settings: MetricNameSettings) {
    this.#names = new FamilyNames(settings)
  }

  /** @returns `undefined` if nothing of its name is left that Prometheus takes */
  of(metric: MetricData): Family | undefined {
    const { descriptor } = metric
    const type = familyType(metric)
    const known = this.#known.get(descriptor)
    if (known === 'none') return undefined
    if (known !== undefined && known.type === type) return known
    const name = this.#names.of(metric, type)
    const family = name === undefined ? undefined : this.make(name, type, descriptor)
    this.#known.set(descriptor, family ?? 'none')
    return family
  }

  make(
    name: string,
    type: FamilyType,
    { unit, description }: Pick<Descriptor, 'unit' | 'description'>,
  ): Family {
    const index = this.#indices.get(name) ?? this.#indices.size
    this.#indices.set(name, index)
    return { name, index, type, unit, unitSuffix: unitSuffix(unit), help: description }
  }
}
