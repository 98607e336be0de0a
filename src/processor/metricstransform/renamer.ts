import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Metrics } from '../../model/metrics.ts'

type Descriptor = MetricData['descriptor']

/**
 * Gives metrics other names. Two never get the same one: a name belongs to the metric that has it by itself, else to the
 * first that was given it; the others keep theirs.
 */
export class Renamer {
  readonly #rename: (name: string) => string
  readonly #onKept: (name: string, wanted: string) => void
  /** New names of names, as the transforms have them. */
  readonly #wanted = new Map<string, string>()
  /** Who has a name. */
  readonly #holders = new Map<string, string>()
  /** A descriptor that stays the same object is not encoded anew each time. */
  readonly #made = new WeakMap<Descriptor, Descriptor>()

  /** @param onKept told of each metric that keeps its name, each time */
  constructor(rename: (name: string) => string, onKept: (name: string, wanted: string) => void) {
    this.#rename = rename
    this.#onKept = onKept
  }

  apply(metrics: Metrics): Metrics {
    const descriptors = metrics.resourceMetrics.flatMap((of) => descriptorsOf(of))
    const names = new Set(descriptors.map(({ name }) => name))
    for (const name of names) if (this.#wantedFor(name) === name) this.#holders.set(name, name)
    const renamed = new Map([...names].map((name) => [name, this.#nameOf(name)]))
    const resourceMetrics = metrics.resourceMetrics.map(({ resource, scopeMetrics }) => ({
      resource,
      scopeMetrics: scopeMetrics.map(({ scope, metrics: all }) => ({
        scope,
        metrics: all.map((metric) => {
          const name = renamed.get(metric.descriptor.name) ?? metric.descriptor.name
          return name === metric.descriptor.name
            ? metric
            : { ...metric, descriptor: this.#named(metric.descriptor, name) }
        }),
      })),
    }))
    return { ...metrics, resourceMetrics }
  }

  #wantedFor(name: string): string {
    const known = this.#wanted.get(name)
    if (known !== undefined) return known
    const wanted = this.#rename(name)
    this.#wanted.set(name, wanted)
    return wanted
  }

  #nameOf(name: string): string {
    const wanted = this.#wantedFor(name)
    const holder = this.#holders.get(wanted) ?? name
    if (holder !== name) {
      this.#onKept(name, wanted)
      return name
    }
    this.#holders.set(wanted, name)
    return wanted
  }

  #named(descriptor: Descriptor, name: string): Descriptor {
    const known = this.#made.get(descriptor)
    if (known?.name === name) return known
    const made = { ...descriptor, name }
    this.#made.set(descriptor, made)
    return made
  }
}

function descriptorsOf({ scopeMetrics }: ResourceMetrics): Descriptor[] {
  return scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor))
}
