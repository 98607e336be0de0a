import type { ComponentSettings } from '../config/component.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { PipelineConfig } from '../config/service-config.ts'
import type {
  Component,
  MetricsConsumer,
  MetricsExporter,
  MetricsOutlet,
} from '../model/component.ts'
import type { Temporality } from '../model/metrics.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import { FanOut } from './fan-out.ts'

/** A component with the name it has in the log. */
export interface NamedComponent {
  readonly id: string
  readonly component: Component
}

/** All that runs, consumers before what feeds them. */
export interface Pipelines {
  readonly exporters: readonly NamedComponent[]
  /** Of each chain the last one first. */
  readonly processors: readonly NamedComponent[]
  readonly receivers: readonly NamedComponent[]
  /** Ways to all pipelines' exporters, for the agent's own metrics: past the processors, each exporter once. */
  readonly ownOutlets: readonly MetricsOutlet[]
}

interface Head {
  readonly temporality: Temporality
  readonly consumer: MetricsConsumer
}

/**
 * Makes the components that pipelines name, and joins them. An exporter or receiver is one instance however many
 * pipelines name it; processors are a pipeline's own. A pipeline whose exporters want different temporalities has
 * a chain for each, and a receiver one outlet for each temporality.
 */
export function buildPipelines(
  config: LoadedConfig,
  settingsOf: (id: string) => ComponentSettings,
  logger: Logger,
): Pipelines {
  return new Builder(config, settingsOf, logger).build()
}

class Builder {
  readonly #config: LoadedConfig
  readonly #settingsOf: (id: string) => ComponentSettings
  readonly #logger: Logger
  readonly #exporters = new Map<string, MetricsExporter>()
  readonly #processors: NamedComponent[] = []

  constructor(config: LoadedConfig, settingsOf: (id: string) => ComponentSettings, logger: Logger) {
    this.#config = config
    this.#settingsOf = settingsOf
    this.#logger = logger
  }

  build(): Pipelines {
    const headsOf = new Map<string, Head[]>()
    for (const pipeline of Object.values(this.#config.service.pipelines)) {
      const heads = this.#buildChains(pipeline)
      for (const id of pipeline.receivers) headsOf.set(id, [...(headsOf.get(id) ?? []), ...heads])
    }
    const receivers = [...headsOf].map(([id, heads]): NamedComponent => {
      const { factory, config } = defined(this.#config.receivers, id)
      const component = factory.create(this.#settingsOf(id), config, this.#join(heads))
      return { id, component }
    })
    const exporters = [...this.#exporters]
    return {
      exporters: exporters.map(([id, component]) => ({ id, component })),
      processors: this.#processors,
      receivers,
      ownOutlets: this.#join(
        exporters.map(([, one]) => ({ temporality: one.temporality, consumer: one })),
      ),
    }
  }

  /** From the exporters back to the first processor. */
  #buildChains(pipeline: PipelineConfig): Head[] {
    const exporters = pipeline.exporters.map((id) => this.#exporter(id))
    const ends = this.#join(
      exporters.map((one) => ({ temporality: one.temporality, consumer: one })),
    )
    return ends.map(({ temporality, consumer }) => {
      let head = consumer
      for (const id of pipeline.processors.toReversed()) {
        const { factory, config } = defined(this.#config.processors, id)
        const component = factory.create(this.#settingsOf(id), config, head)
        this.#processors.push({ id, component })
        head = component
      }
      return { temporality, consumer: head }
    })
  }

  #exporter(id: string): MetricsExporter {
    const known = this.#exporters.get(id)
    if (known !== undefined) return known
    const { factory, config } = defined(this.#config.exporters, id)
    const exporter = factory.create(this.#settingsOf(id), config)
    this.#exporters.set(id, exporter)
    return exporter
  }

  /** One way for each temporality. */
  #join(heads: readonly Head[]): MetricsOutlet[] {
    const byTemporality = Map.groupBy(heads, ({ temporality }) => temporality)
    return [...byTemporality].map(([temporality, group]) => ({
      temporality,
      consumer: new FanOut(
        group.map(({ consumer }) => consumer),
        this.#logger,
      ),
    }))
  }
}

/** The loader has checked that a pipeline names only what is defined. */
function defined<Configured>(components: ReadonlyMap<string, Configured>, id: string): Configured {
  const found = components.get(id)
  if (found === undefined) throw new TypeError(`component ${id} is not defined`)
  return found
}
