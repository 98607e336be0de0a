import type { ComponentSettings, ExporterFactory } from '../config/component.ts'
import type { Component, Consumer, LogsExporter, MetricsExporter } from '../model/component.ts'
import type { Logs } from '../model/logs.ts'
import type { Metrics } from '../model/metrics.ts'
import { logsSignal, metricsSignal, type Signal } from '../model/signal.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import { ExporterSlot } from './exporter-slot.ts'
import type { ExporterNode, LogsNode, MetricsNode, Pipelines } from './nodes.ts'
import type { Keys } from './reuse.ts'

export interface ExportersSettings {
  readonly keys: Keys
  readonly settingsOf: (id: string) => ComponentSettings
  readonly logger: Logger
  /** What runs: exporters that would be made the same again stay, and all keep their places. */
  readonly before: Pipelines
}

/** The exporters of all pipelines: of each name one for metrics and one for logs. */
export class Exporters {
  readonly metrics = new Map<string, MetricsNode>()
  readonly logs = new Map<string, LogsNode>()
  readonly #settings: ExportersSettings

  constructor(settings: ExportersSettings) {
    this.#settings = settings
  }

  ofMetrics(id: string): MetricsNode {
    const known = this.metrics.get(id)
    if (known !== undefined) return known
    const before = this.#settings.before.metricsExporters.get(id)
    const node = this.#node<Metrics, MetricsExporter>(
      id,
      metricsSignal,
      before,
      (factory, config) => factory.create(this.#settings.settingsOf(id), config),
    )
    this.metrics.set(id, node)
    return node
  }

  ofLogs(id: string): LogsNode {
    const known = this.logs.get(id)
    if (known !== undefined) return known
    const before = this.#settings.before.logsExporters.get(id)
    const node = this.#node<Logs, LogsExporter>(id, logsSignal, before, (factory, config) => {
      if (factory.createLogs === undefined) throw new TypeError(`${id} takes no logs`)
      return factory.createLogs(this.#settings.settingsOf(id), config)
    })
    this.logs.set(id, node)
    return node
  }

  #node<Batch, Exporter extends Component & Consumer<Batch>>(
    id: string,
    signal: Signal<Batch>,
    before: ExporterNode<Batch, Exporter> | undefined,
    create: (factory: ExporterFactory, config: unknown) => Exporter,
  ): ExporterNode<Batch, Exporter> {
    const { keys, logger } = this.#settings
    const key = keys.exporter(id)
    if (before?.key === key) return before
    const { factory } = keys.exporters(id)
    const config = this.#configOf(id, key)
    const component = create(factory, config)
    const slot = before?.slot ?? new ExporterSlot(signal, logger)
    // A new place is in no pipeline that runs.
    if (before === undefined) slot.fill(component)
    const isExclusive = factory.isExclusive?.(config) ?? false
    const uses = keys.usesOfExporter(id)
    return { id, key, component, slot, type: factory.type, isExclusive, uses, config }
  }

  /** The very same where the exporter runs for the other signal: what both share they find by it. */
  #configOf(id: string, key: string): unknown {
    const { before, keys } = this.#settings
    const running = [before.metricsExporters.get(id), before.logsExporters.get(id)]
    return (running.find((one) => one?.key === key) ?? keys.exporters(id)).config
  }
}
