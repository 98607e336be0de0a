import type { z } from 'zod'
import type {
  Component,
  Extension,
  LogsConsumer,
  LogsExporter,
  LogsProcessor,
  MetricsConsumer,
  MetricsExporter,
  MetricsOutlet,
  MetricsProcessor,
} from '../model/component.ts'
import type { Temporality } from '../model/metrics.ts'
import type { SignalName } from '../model/signal.ts'
import type { Storage } from '../model/storage.ts'
import type { HostFacts } from '../shared/host-facts.ts'
import type { AgentView } from '../telemetry/agent-view.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Path } from './issue.ts'

/** What code, not the user, tells a component at its creation. */
export interface ComponentSettings {
  /** `type` or `type/name`, as in the configuration. */
  readonly id: string
  readonly telemetry: Telemetry
  /** Version of this package: the scope version and the user agent. */
  readonly version: string
  readonly extensions: Extensions
  readonly host: HostFacts
}

/** What extensions lend. To be asked at the start of a component or later, when they run. */
export interface Extensions {
  /** @throws NettracerError if `service.extensions` names none of that id, or it lends no storage */
  storage(id: string): Storage
}

/** What components may ask an extension for. */
export type Offer = keyof Extensions

/** Another's extension, as a configuration names it. */
export interface ExtensionUse {
  /** Where in the component's configuration the id stands. */
  readonly path: Path
  readonly id: string
  readonly as: Offer
}

export type Stability = 'development' | 'alpha' | 'beta' | 'stable'

/** What factories of all kinds have in common. */
export interface ComponentFactory<Config = unknown> {
  /** The word in the configuration. */
  readonly type: string
  /** Other words for it, e.g. the Collector's old and new names. */
  readonly aliases?: readonly string[]
  readonly stability: Stability
  /** One line for `nettracer components` and the reference page. */
  readonly description: string
  /** Strict: unknown keys are errors. Output has defaults filled in and durations in milliseconds. */
  readonly config: z.ZodType<Config>
  /** What a valid configuration asks for and this version does not do yet: warnings, so that nothing is ignored silently. */
  remarks?(config: Config): readonly string[]
  /** Extensions that a valid configuration names: they must be in use, and offer what is asked of them. */
  uses?(config: Config): readonly ExtensionUse[]
}

/** A receiver that cannot do what an exporter prefers. */
export interface TemporalityRule {
  readonly only: Temporality
  /** The key and value that make it so, for the user. */
  readonly because: string
}

export interface Receiver<Config = unknown> extends Component {
  /**
   * Goes on by another configuration and other ways out, and loses nothing of what it counts. Without it, a receiver that
   * changes is stopped and made anew.
   *
   * @throws what keeps it from going on so; it may be asked again, with the configuration before
   */
  reconfigure?(
    config: Config,
    outlets: readonly MetricsOutlet[],
    logs?: LogsConsumer,
  ): Promise<void>
  /** Of one that was stopped and whose last figures are out, while others go on: it tells nothing of itself any more. */
  retire?(): void
}

/** One instance for all pipelines that name it. */
export interface ReceiverFactory<Config = unknown> extends ComponentFactory<Config> {
  /** Absent or `undefined`: it makes what exporters prefer. */
  temporality?(config: Config): TemporalityRule | undefined
  /** It may stand in a logs pipeline. */
  readonly hasLogs?: true
  /** Keys of its configuration that act in pipelines of one signal only. */
  readonly onlyFor?: Readonly<Record<string, SignalName>>
  /**
   * @param outlets of metrics pipelines; may be empty
   * @param logs of logs pipelines; `undefined` if none names it
   */
  create(
    settings: ComponentSettings,
    config: Config,
    outlets: readonly MetricsOutlet[],
    logs?: LogsConsumer,
  ): Receiver<Config>
}

/** One instance for each pipeline that names it. */
export interface ProcessorFactory<Config = unknown> extends ComponentFactory<Config> {
  create(settings: ComponentSettings, config: Config, next: MetricsConsumer): MetricsProcessor
  /** Without it, it may not stand in a logs pipeline. */
  createLogs?(settings: ComponentSettings, config: Config, next: LogsConsumer): LogsProcessor
}

/** One instance for metrics and one for logs, each with a queue of its own, as in the Collector. */
export interface ExporterFactory<Config = unknown> extends ComponentFactory<Config> {
  /** What it asks receivers for. Absent: it takes whatever comes. */
  temporality?(config: Config): Temporality
  /** The key of the configuration that decides that; absent: it cannot be chosen. */
  readonly temporalityKey?: string
  /** Why it cannot stand in a pipeline of a signal, if so. Absent: it can in all that it is made for. */
  unfitFor?(config: Config, signal: SignalName): string | undefined
  /** It holds something that another one cannot have as well, a port or a file: it ends before one of its type begins. */
  isExclusive?(config: Config): boolean
  create(settings: ComponentSettings, config: Config): MetricsExporter
  /** Without it, it may not stand in a logs pipeline. */
  createLogs?(settings: ComponentSettings, config: Config): LogsExporter
}

/** One instance where `service.extensions` names it. */
export interface ExtensionFactory<Config = unknown> extends ComponentFactory<Config> {
  readonly offers?: readonly Offer[]
  create(settings: ComponentSettings, config: Config, agent: AgentView): Extension
}

/** What stands in pipelines. */
export type AnyFactory = ReceiverFactory | ProcessorFactory | ExporterFactory

/** Whether a component may stand in a logs pipeline. All may stand in a metrics pipeline. */
export function takesLogs(factory: AnyFactory): boolean {
  return 'hasLogs' in factory || 'createLogs' in factory
}
