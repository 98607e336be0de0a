import type { ComponentSettings, ProcessorFactory } from '../config/component.ts'
import type { ConfiguredComponent } from '../config/components.ts'
import type { LoadedConfig } from '../config/load.ts'
import { signalOf } from '../config/pipelines.ts'
import type { PipelineConfig } from '../config/service-config.ts'
import type {
  Component,
  LogsConsumer,
  MetricsConsumer,
  MetricsExporter,
  MetricsOutlet,
} from '../model/component.ts'
import type { Temporality } from '../model/metrics.ts'
import { logsSignal, metricsSignal } from '../model/signal.ts'
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
  /** Ways to all metrics pipelines' exporters, for the agent's own metrics: past the processors, each exporter once. */
  readonly ownOutlets: readonly MetricsOutlet[]
}

interface Head {
  readonly temporality: Temporality
  readonly consumer: MetricsConsumer
}

/** What the pipelines that name a receiver take of it. */
interface Outlets {
  readonly heads: Head[]
  readonly logs: LogsConsumer[]
}

/**
 * Makes the components that pipelines name, and joins them. A receiver is one instance however many pipelines name it,
 * an exporter one for metrics and one for logs; processors are a pipeline's own. A metrics pipeline whose exporters want
 * different temporalities has a chain for each, and a receiver one outlet for each temporality.
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
  readonly #logsExporters = new Map<string, Component & LogsConsumer>()
  readonly #processors: NamedComponent[] = []

  constructor(config: LoadedConfig, settingsOf: (id: string) => ComponentSettings, logger: Logger) {
    this.#config = config
    this.#settingsOf = settingsOf
    this.#logger = logger
  }

  build(): Pipelines {
    const receivers = [...this.#buildAllChains()].map(([id, { heads, logs }]): NamedComponent => {
      const { factory, config } = defined(this.#config.receivers, id)
      const settings = this.#settingsOf(id)
      const all = logs.length > 0 ? new FanOut(logsSignal, logs, this.#logger) : undefined
      return { id, component: factory.create(settings, config, this.#join(heads), all) }
    })
    const exporters = [...this.#exporters]
    return {
      exporters: [...exporters, ...this.#logsExporters].map(([id, component]) => ({
        id,
        component,
      })),
      processors: this.#processors,
      receivers,
      ownOutlets: this.#join(
        exporters.map(([, one]) => ({ temporality: one.temporality, consumer: one })),
      ),
    }
  }

  /** @returns for each receiver where its pipelines begin */
  #buildAllChains(): Map<string, Outlets> {
    const outletsOf = new Map<string, Outlets>()
    for (const [name, pipeline] of Object.entries(this.#config.service.pipelines)) {
      const isLogs = signalOf(name) === 'logs'
      const heads = isLogs ? [] : this.#buildChains(pipeline)
      const logs = isLogs ? [this.#buildLogsChain(pipeline)] : []
      for (const id of pipeline.receivers) {
        const before = outletsOf.get(id) ?? { heads: [], logs: [] }
        outletsOf.set(id, {
          heads: [...before.heads, ...heads],
          logs: [...before.logs, ...logs],
        })
      }
    }
    return outletsOf
  }

  /** From the exporters back to the first processor. */
  #buildChains(pipeline: PipelineConfig): Head[] {
    const exporters = pipeline.exporters.map((id) => this.#exporter(id))
    const ends = this.#join(
      exporters.map((one) => ({ temporality: one.temporality, consumer: one })),
    )
    return ends.map(({ temporality, consumer }) => {
      const head = this.#chain(pipeline, consumer, ({ factory, config }, settings, next) =>
        factory.create(settings, config, next),
      )
      return { temporality, consumer: head }
    })
  }

  #buildLogsChain(pipeline: PipelineConfig): LogsConsumer {
    const exporters = pipeline.exporters.map((id) => this.#logsExporter(id))
    const end = new FanOut(logsSignal, exporters, this.#logger)
    return this.#chain<LogsConsumer>(pipeline, end, ({ factory, config, id }, settings, next) => {
      if (factory.createLogs === undefined) throw new TypeError(`${id} takes no logs`)
      return factory.createLogs(settings, config, next)
    })
  }

  #chain<Next extends object>(
    { processors }: PipelineConfig,
    end: Next,
    create: (
      processor: ConfiguredProcessor,
      settings: ComponentSettings,
      next: Next,
    ) => Next & Component,
  ): Next {
    let head = end
    for (const id of processors.toReversed()) {
      const component = create(defined(this.#config.processors, id), this.#settingsOf(id), head)
      this.#processors.push({ id, component })
      head = component
    }
    return head
  }

  #exporter(id: string): MetricsExporter {
    const known = this.#exporters.get(id)
    if (known !== undefined) return known
    const { factory, config } = defined(this.#config.exporters, id)
    const exporter = factory.create(this.#settingsOf(id), config)
    this.#exporters.set(id, exporter)
    return exporter
  }

  #logsExporter(id: string): LogsConsumer {
    const known = this.#logsExporters.get(id)
    if (known !== undefined) return known
    const { factory, config } = defined(this.#config.exporters, id)
    if (factory.createLogs === undefined) throw new TypeError(`${id} takes no logs`)
    const exporter = factory.createLogs(this.#settingsOf(id), config)
    this.#logsExporters.set(id, exporter)
    return exporter
  }

  /** One way for each temporality. */
  #join(heads: readonly Head[]): MetricsOutlet[] {
    const byTemporality = Map.groupBy(heads, ({ temporality }) => temporality)
    return [...byTemporality].map(([temporality, group]) => ({
      temporality,
      consumer: new FanOut(
        metricsSignal,
        group.map(({ consumer }) => consumer),
        this.#logger,
      ),
    }))
  }
}

type ConfiguredProcessor = ConfiguredComponent<ProcessorFactory>

/** The loader has checked that a pipeline names only what is defined. */
function defined<Factory>(
  components: ReadonlyMap<string, ConfiguredComponent<Factory>>,
  id: string,
): ConfiguredComponent<Factory> {
  const found = components.get(id)
  if (found === undefined) throw new TypeError(`component ${id} is not defined`)
  return found
}
