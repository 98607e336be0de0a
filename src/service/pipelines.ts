import type { ComponentSettings } from '../config/component.ts'
import type { LoadedConfig } from '../config/load.ts'
import { signalOf } from '../config/pipelines.ts'
import type { PipelineConfig } from '../config/service-config.ts'
import type { LogsConsumer, MetricsConsumer, MetricsOutlet } from '../model/component.ts'
import type { Temporality } from '../model/metrics.ts'
import { logsSignal, metricsSignal } from '../model/signal.ts'
import type { AgentView } from '../telemetry/agent-view.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import { Exporters } from './exporters.ts'
import { FanOut } from './fan-out.ts'
import {
  type Chain,
  type ExtensionNode,
  type NamedComponent,
  noPipelines,
  type Pipelines,
  type ReceiverNode,
} from './nodes.ts'
import { configuredBy, type Keys } from './reuse.ts'

interface Head {
  readonly temporality: Temporality
  readonly consumer: MetricsConsumer
  /** Equal for what leads the same way. */
  readonly key: string
}

/** What the pipelines that name a receiver take of it. */
interface Outlets {
  readonly heads: Head[]
  readonly logs: { readonly consumer: LogsConsumer; readonly key: string }[]
}

export interface BuildSettings {
  readonly settingsOf: (id: string) => ComponentSettings
  readonly logger: Logger
  readonly agent: AgentView
}

/**
 * Makes the components that pipelines name, and joins them. A receiver is one instance however many pipelines name it,
 * an exporter one for metrics and one for logs; processors are a pipeline's own. A metrics pipeline whose exporters want
 * different temporalities has a chain for each, and a receiver one outlet for each temporality.
 *
 * @param before what runs: of it stays what would be made the same again
 */
export function buildPipelines(
  config: LoadedConfig,
  settings: BuildSettings,
  before: Pipelines = noPipelines,
): Pipelines {
  return new Builder(config, settings, before).build()
}

class Builder {
  readonly #config: LoadedConfig
  readonly #settingsOf: (id: string) => ComponentSettings
  readonly #logger: Logger
  readonly #agent: AgentView
  readonly #before: Pipelines
  readonly #keys: Keys
  readonly #exporters: Exporters
  readonly #chains = new Map<string, Chain>()

  constructor(config: LoadedConfig, settings: BuildSettings, before: Pipelines) {
    const { settingsOf, logger, agent } = settings
    this.#config = config
    this.#agent = agent
    this.#settingsOf = settingsOf
    this.#logger = logger
    this.#before = before
    this.#keys = configuredBy(config)
    this.#exporters = new Exporters({ keys: this.#keys, settingsOf, logger, before })
  }

  build(): Pipelines {
    const extensions = this.#config.service.extensions.map((id) => this.#extension(id))
    const outletsOf = this.#buildAllChains()
    const receivers = [...outletsOf].map(([id, outlets]) => this.#receiver(id, outlets))
    const { metrics, logs } = this.#exporters
    return {
      extensions,
      metricsExporters: metrics,
      logsExporters: logs,
      chains: this.#chains,
      receivers,
      ownOutlets: this.#join([...metrics.keys()].map((id) => this.#headOf(id))),
    }
  }

  #extension(id: string): ExtensionNode {
    const key = this.#keys.extension(id)
    const known = this.#before.extensions.find((one) => one.id === id && one.key === key)
    if (known !== undefined) return known
    const { factory, config } = this.#keys.extensions(id)
    return { id, key, component: factory.create(this.#settingsOf(id), config, this.#agent) }
  }

  #receiver(id: string, { heads, logs }: Outlets): ReceiverNode {
    const { factory, config } = this.#keys.receivers(id)
    const key = JSON.stringify([
      this.#keys.receiver(id),
      heads.map((head) => head.key),
      logs.map((one) => one.key),
    ])
    const known = this.#before.receivers.find((one) => one.id === id && one.type === factory.type)
    if (known?.key === key) return { ...known, reconfigure: undefined }
    const outlets = this.#join(heads)
    const consumers = logs.map(({ consumer }) => consumer)
    const all = logs.length > 0 ? new FanOut(logsSignal, consumers, this.#logger) : undefined
    const component = known?.component
    if (component?.reconfigure !== undefined) {
      const reconfigure = async () => component.reconfigure?.(config, outlets, all)
      return { id, key, type: factory.type, component, reconfigure }
    }
    const created = factory.create(this.#settingsOf(id), config, outlets, all)
    return { id, key, type: factory.type, component: created, reconfigure: undefined }
  }

  /** @returns for each receiver where its pipelines begin */
  #buildAllChains(): Map<string, Outlets> {
    const outletsOf = new Map<string, Outlets>()
    for (const [name, pipeline] of Object.entries(this.#config.service.pipelines)) {
      const isLogs = signalOf(name) === 'logs'
      const heads = isLogs ? [] : this.#buildChains(name, pipeline)
      const logs = isLogs ? [this.#buildLogsChain(name, pipeline)] : []
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
  #buildChains(name: string, pipeline: PipelineConfig): Head[] {
    const ends = Map.groupBy(
      pipeline.exporters.map((id) => this.#headOf(id)),
      ({ temporality }) => temporality,
    )
    return [...ends].map(([temporality, group]) => {
      const key = this.#chainKey(name, temporality, pipeline.processors, group)
      const end = () => this.#fanOut(group)
      const consumer = this.#chain<MetricsConsumer>(key, pipeline, end, (id, next) => {
        const { factory, config } = this.#keys.processors(id)
        return factory.create(this.#settingsOf(id), config, next)
      })
      return { temporality, consumer, key }
    })
  }

  #buildLogsChain(name: string, pipeline: PipelineConfig): Outlets['logs'][number] {
    const exporters = pipeline.exporters.map((id) => this.#exporters.ofLogs(id))
    const ends = pipeline.exporters.map((id) => ({ key: id }))
    const key = this.#chainKey(name, 'logs', pipeline.processors, ends)
    const consumers = exporters.map(({ slot }) => slot)
    const end = () => new FanOut(logsSignal, consumers, this.#logger)
    const consumer = this.#chain<LogsConsumer>(key, pipeline, end, (id, next) => {
      const { factory, config } = this.#keys.processors(id)
      if (factory.createLogs === undefined) throw new TypeError(`${id} takes no logs`)
      return factory.createLogs(this.#settingsOf(id), config, next)
    })
    return { consumer, key }
  }

  #chainKey(
    name: string,
    kind: string,
    processors: readonly string[],
    ends: readonly { readonly key: string }[],
  ): string {
    const passed = processors.map((id) => [id, this.#keys.processor(id)])
    return JSON.stringify([name, kind, passed, ends.map(({ key }) => key)])
  }

  #chain<Next extends MetricsConsumer | LogsConsumer>(
    key: string,
    { processors }: PipelineConfig,
    makeEnd: () => Next,
    create: (id: string, next: Next) => Next & NamedComponent['component'],
  ): Next {
    const known = this.#before.chains.get(key)
    if (known !== undefined) {
      this.#chains.set(key, known)
      // Of the same signal, for the key holds that.
      return known.head as object as Next
    }
    const components: NamedComponent[] = []
    let head = makeEnd()
    for (const id of processors.toReversed()) {
      const component = create(id, head)
      components.push({ id, component })
      head = component
    }
    this.#chains.set(key, { components, head })
    return head
  }

  #headOf(id: string): Head {
    const { component, slot } = this.#exporters.ofMetrics(id)
    return { temporality: component.temporality, consumer: slot, key: id }
  }

  #fanOut(group: readonly Head[]): MetricsConsumer {
    const consumers = group.map(({ consumer }) => consumer)
    return new FanOut(metricsSignal, consumers, this.#logger)
  }

  /** One way for each temporality. */
  #join(heads: readonly Head[]): MetricsOutlet[] {
    const byTemporality = Map.groupBy(heads, ({ temporality }) => temporality)
    return [...byTemporality].map(([temporality, group]) => ({
      temporality,
      consumer: this.#fanOut(group),
    }))
  }
}
