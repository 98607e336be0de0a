import type { ComponentSettings } from '../../config/component.ts'
import type { Component, Consumer, LogsExporter, MetricsExporter } from '../../model/component.ts'
import { HeldMetrics } from '../../model/held-metrics.ts'
import type { Logs } from '../../model/logs.ts'
import type { Metrics, Temporality } from '../../model/metrics.ts'
import { logsSignal, metricsSignal, type Signal } from '../../model/signal.ts'
import { messageOf } from '../../shared/errors.ts'
import { HandOver, type Hold } from '../wire/hand-over.ts'
import { jsonLogsWire, jsonMetricsWire } from '../wire/json-wire.ts'
import { type DropReason, Outcomes } from '../wire/outcomes.ts'
import { protobufLogsWire, protobufMetricsWire } from '../wire/protobuf-wire.ts'
import type { WireRequest } from '../wire/requests.ts'
import type { Encoding, Wire } from '../wire/wire.ts'
import type { FileConfig } from './config.ts'
import { groupLogs, groupMetrics } from './groups.ts'
import { type Output, SharedOutput } from './shared-output.ts'

const MAX_UNENCODED_ITEMS = 1_000_000

/** One of each series: see the exporters with a queue. */
const MAX_HELD_POINTS = 250_000

interface FileSettings<Batch> {
  readonly signal: Signal<Batch>
  /** The batch in parts, by the value of a resource attribute. */
  readonly groups: (batch: Batch, attribute: string) => ReadonlyMap<unknown, Batch>
  readonly wires: Readonly<Record<Encoding, Wire<Batch>>>
  /** Where batches are put together that a slow disk has no room for; without it the oldest are dropped. */
  readonly createHold?: (on: {
    readonly onDropped: (items: number) => void
    readonly onSuperseded: (items: number) => void
  }) => Hold<Batch>
  readonly component: ComponentSettings
  readonly config: FileConfig
  readonly output: Output
}

/** Writes OTLP requests one behind the other, as the Collector's exporter of the same name. A full disk costs items, never the agent. */
class FileSignalExporter<Batch> implements Component, Consumer<Batch> {
  readonly #settings: FileSettings<Batch>
  readonly #outcomes: Outcomes
  readonly #handOver: HandOver<Batch>
  #isOpen = false

  constructor(settings: FileSettings<Batch>) {
    const { signal, component } = settings
    this.#settings = settings
    this.#outcomes = new Outcomes(component, signal.name)
    const onDropped = (items: number) => this.#drop(items, 'backlog', 'writing fell behind')
    const onSuperseded = (items: number) =>
      this.#drop(items, 'superseded', 'writing fell behind until newer values came')
    this.#handOver = new HandOver({
      signal,
      maxItems: MAX_UNENCODED_ITEMS,
      work: async (batch) => this.#write(batch),
      onDropped,
      onFailed: (items, error) => this.#drop(items, 'encoding', messageOf(error)),
      hold: settings.createHold?.({ onDropped, onSuperseded }),
    })
  }

  /** @throws NettracerError if the file cannot be written */
  async start(): Promise<void> {
    if (this.#isOpen) return
    await this.#settings.output.open()
    this.#isOpen = true
  }

  consume(batch: Batch): void {
    if (this.#isOpen) this.#handOver.offer(batch)
    else this.#drop(this.#settings.signal.sizeOf(batch), 'shutdown', 'it is not running')
  }

  async caughtUp(): Promise<void> {
    await this.#handOver.caughtUp()
  }

  async shutdown(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#handOver.idle()
    await this.#settings.output.close()
  }

  async #write(batch: Batch): Promise<void> {
    const { group_by: groupBy } = this.#settings.config
    if (groupBy?.enabled !== true) {
      await this.#writeGroup(batch, '')
      return
    }
    const groups = this.#settings.groups(batch, groupBy.resource_attribute)
    for (const [group, part] of groups) {
      const items = this.#settings.signal.sizeOf(part)
      if (typeof group === 'string') await this.#writeGroup(part, group)
      else this.#drop(items, 'no_group', `the resource has no ${groupBy.resource_attribute}`)
    }
  }

  async #writeGroup(batch: Batch, group: string): Promise<void> {
    const { wires, output, config } = this.#settings
    await wires[config.format].write(batch, {
      maxRequestBytes: output.maxEntryBytes,
      onRequest: async (request) => this.#writeRequest(request, group),
      onTooLarge: (items) => this.#drop(items, 'too_large', 'larger than a file may be'),
    })
  }

  async #writeRequest({ body, items }: WireRequest, group: string): Promise<void> {
    const outcome = {
      onWritten: () => this.#outcomes.sent(items),
      onFailed: (error: unknown) => this.#drop(items, 'write_failed', messageOf(error)),
    }
    const wasTaken = await this.#settings.output.write(body, outcome, group)
    if (!wasTaken) this.#drop(items, 'too_large', 'larger than a file may be')
  }

  #drop(items: number, reason: DropReason, why: string): void {
    this.#outcomes.dropped(items, reason)
    const { component, config, signal } = this.#settings
    const fields = { path: config.path, items, reason: why }
    const message = `Some ${signal.items} are not written`
    component.telemetry.logger.limited('warn', `dropped_${reason}`, message, fields)
  }
}

const metricsKind: Pick<FileSettings<Metrics>, 'signal' | 'groups' | 'wires' | 'createHold'> = {
  signal: metricsSignal,
  groups: groupMetrics,
  wires: { json: jsonMetricsWire, proto: protobufMetricsWire },
  // Whether they are deltas, whose loss is for ever, the receiver decides.
  createHold: (on) => new HeldMetrics({ maxPoints: MAX_HELD_POINTS, ...on }),
}

const logsKind: Pick<FileSettings<Logs>, 'signal' | 'groups' | 'wires'> = {
  signal: logsSignal,
  groups: groupLogs,
  wires: { json: jsonLogsWire, proto: protobufLogsWire },
}

export class FileExporter extends FileSignalExporter<Metrics> implements MetricsExporter {
  readonly temporality: Temporality = 'cumulative'

  constructor(
    component: ComponentSettings,
    config: FileConfig,
    output: Output = new SharedOutput(component, config),
  ) {
    super({ ...metricsKind, component, config, output })
  }
}

export class FileLogsExporter extends FileSignalExporter<Logs> implements LogsExporter {
  constructor(component: ComponentSettings, config: FileConfig, output: Output) {
    super({ ...logsKind, component, config, output })
  }
}
