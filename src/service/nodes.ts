import type { Receiver } from '../config/component.ts'
import type {
  Component,
  Consumer,
  Extension,
  LogsConsumer,
  LogsExporter,
  MetricsConsumer,
  MetricsExporter,
  MetricsOutlet,
} from '../model/component.ts'
import type { Logs } from '../model/logs.ts'
import type { Metrics } from '../model/metrics.ts'
import type { ExporterSlot } from './exporter-slot.ts'

/** A component with the name it has in the log. */
export interface NamedComponent {
  readonly id: string
  readonly component: Component
}

/** Of two with equal keys, one can stand for the other. */
export interface Keyed {
  readonly key: string
}

export interface ExtensionNode extends NamedComponent, Keyed {
  readonly component: Extension
}

/** An exporter of one signal, and its place at the end of pipelines. */
export interface ExporterNode<Batch, Exporter extends Component & Consumer<Batch>>
  extends NamedComponent,
    Keyed {
  readonly component: Exporter
  readonly slot: ExporterSlot<Batch>
  readonly type: string
  readonly isExclusive: boolean
  /** Ids of the extensions that it names. */
  readonly uses: readonly string[]
  readonly config: unknown
}

export type MetricsNode = ExporterNode<Metrics, MetricsExporter>
export type LogsNode = ExporterNode<Logs, LogsExporter>

/** The processors of one pipeline, of one temporality; may be none. */
export interface Chain {
  /** The last one first. */
  readonly components: readonly NamedComponent[]
  /** Takes the batches of the chain's signal. */
  readonly head: MetricsConsumer | LogsConsumer
}

export interface ReceiverNode extends NamedComponent, Keyed {
  readonly component: Receiver
  readonly type: string
  /** Makes it what it is to be, where it stays and changes. */
  readonly reconfigure: (() => Promise<void>) | undefined
}

/** All that runs by a configuration, or is to. */
export interface Pipelines {
  readonly extensions: readonly ExtensionNode[]
  readonly metricsExporters: ReadonlyMap<string, MetricsNode>
  readonly logsExporters: ReadonlyMap<string, LogsNode>
  readonly chains: ReadonlyMap<string, Chain>
  readonly receivers: readonly ReceiverNode[]
  /** Ways to all metrics pipelines' exporters, for the agent's own metrics: past the processors, each exporter once. */
  readonly ownOutlets: readonly MetricsOutlet[]
}

export const noPipelines: Pipelines = {
  extensions: [],
  metricsExporters: new Map(),
  logsExporters: new Map(),
  chains: new Map(),
  receivers: [],
  ownOutlets: [],
}

/** An exporter of any signal, and what can be done with its place. */
export interface AnyExporterNode extends NamedComponent, Keyed {
  readonly type: string
  readonly isExclusive: boolean
  readonly uses: readonly string[]
  readonly slot: { clear(): void; close(): void }
  /** From now on its pipelines lead to it. */
  connect(): void
}

export function exportersOf({ metricsExporters, logsExporters }: Pipelines): AnyExporterNode[] {
  return [
    ...[...metricsExporters.values()].map((node) => connectable(node)),
    ...[...logsExporters.values()].map((node) => connectable(node)),
  ]
}

function connectable<Batch, Exporter extends Component & Consumer<Batch>>(
  node: ExporterNode<Batch, Exporter>,
): AnyExporterNode {
  return { ...node, connect: () => node.slot.fill(node.component) }
}

/** The processors of all pipelines; of each chain the last one first. */
export function processorsOf({ chains }: Pick<Pipelines, 'chains'>): NamedComponent[] {
  return [...chains.values()].flatMap(({ components }) => components)
}
