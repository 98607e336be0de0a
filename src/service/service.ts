import type { Attributes } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ComponentSettings } from '../config/component.ts'
import type { LoadedConfig } from '../config/load.ts'
import { telemetryMetrics } from '../generated/metrics.ts'
import { readHost } from '../identity/host.ts'
import { messageOf } from '../shared/errors.ts'
import { Log, type LogCourse } from '../telemetry/logger.ts'
import { OwnMetrics } from '../telemetry/own-metrics.ts'
import { OwnMetricsReceiver } from '../telemetry/own-metrics-receiver.ts'
import { ownResource } from '../telemetry/own-resource.ts'
import { observeProcess } from '../telemetry/process-metrics.ts'
import { RuntimeMetrics } from '../telemetry/runtime-metrics.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import { AgentState } from './agent-state.ts'
import { ExtensionSet } from './extensions.ts'
import { Lifecycle } from './lifecycle.ts'
import type { Pipelines } from './nodes.ts'
import { OwnPages } from './own-pages.ts'
import { RunningPipelines } from './running.ts'
import { version } from './version.ts'

export interface ServiceSettings {
  /** The agent's own environment: names its own Resource. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Takes the lines of the log, with where they go: a file, `stderr` or `stdout`; must not throw. */
  readonly writeLog: (line: string, path: string) => void
}

const defaultIntervalMs = 10_000

/** What became of a new configuration. */
export type ReloadOutcome = 'reloaded' | 'invalid' | 'failed'

/** A configuration that runs, and may become another one. One run each: after a stop make another one. */
export class Service {
  /** For what surrounds the service. */
  readonly logger: Logger
  #config: LoadedConfig
  #hasRun = false
  readonly #log: Log
  readonly #state: AgentState
  readonly #lifecycle: Lifecycle
  readonly #running: RunningPipelines
  readonly #first: Pipelines
  readonly #ownMetrics: OwnMetrics
  readonly #runtime: RuntimeMetrics
  readonly #ownReceiver: OwnMetricsReceiver
  readonly #ownPages: OwnPages
  readonly #countReload: (outcome: ReloadOutcome) => void

  /** Makes the components; nothing is opened before {@link start}. */
  constructor(config: LoadedConfig, { env, writeLog }: ServiceSettings) {
    this.#config = config
    const state = new AgentState(config)
    this.#state = state
    const log = new Log({
      ...logCourse(config),
      write: (line) => {
        for (const path of this.#config.service.telemetry.logs.output_paths) writeLog(line, path)
      },
      onLine: (record) => state.lines.add(record),
    })
    this.#log = log
    this.logger = log.logger('service')
    const host = readHost()
    this.#ownMetrics = createOwnMetrics(env, host.attributes, this.logger)
    state.metrics = this.#ownMetrics
    const meter = this.#ownMetrics.meter()
    this.#runtime = new RuntimeMetrics(meter)
    const extensions = new ExtensionSet()
    const settingsOf = (id: string): ComponentSettings => ({
      id,
      version,
      extensions,
      host,
      telemetry: { logger: log.logger(id), meter, health: state.health.of(id) },
    })
    this.#lifecycle = new Lifecycle(this.logger)
    this.#running = new RunningPipelines({
      settingsOf,
      extensions,
      lifecycle: this.#lifecycle,
      logger: this.logger,
      agent: state,
    })
    this.#first = this.#running.build(config)
    this.#ownPages = new OwnPages(settingsOf)
    this.#ownReceiver = new OwnMetricsReceiver({
      metrics: this.#ownMetrics,
      logger: this.logger,
      hasRun: () => this.#hasRun,
    })
    const { name, unit, description } = telemetryMetrics['nettracer.exporter.config.reloads']
    const counter = meter.createCounter(name, { unit, description })
    this.#countReload = (outcome) => counter.add(1, { 'nettracer.outcome': outcome })
  }

  /** What it runs by. */
  get config(): LoadedConfig {
    return this.#config
  }

  /** Extensions first, then exporters, receivers last. @throws what a component throws; all is stopped again then */
  async start(): Promise<void> {
    try {
      await this.#openPages(this.#config)
      this.#tellOf(this.#config, this.#first)
      await this.#running.become(this.#first)
    } catch (error) {
      await this.#stopAll()
      throw error
    }
    await this.#lifecycle.start([[{ id: 'own metrics', component: this.#ownReceiver }]])
    this.#hasRun = true
    this.#state.phase = 'running'
    this.logger.info('started', { version, pid: process.pid })
  }

  /**
   * Goes on by another configuration: what does not change keeps running with all it holds. If something of it does not
   * start, the old one goes on.
   *
   * @throws if that does not start any more either
   */
  async reload(config: LoadedConfig): Promise<ReloadOutcome> {
    this.logger.info('reloading the configuration')
    try {
      await this.#become(config)
      this.#countReload('reloaded')
      this.logger.info('the new configuration runs')
      return 'reloaded'
    } catch (error) {
      const message = 'the new configuration does not start, back to the old one'
      this.logger.error(message, { error: messageOf(error) })
    }
    this.#countReload('failed')
    await this.#become(this.#config)
    return 'failed'
  }

  /** A new configuration could not be read. */
  refused(): void {
    this.#countReload('invalid')
  }

  /** Receivers collect once more, then processors and exporters hand on what they hold. Never throws. */
  async stop(): Promise<void> {
    this.#state.phase = 'stopping'
    await this.#stopAll()
    this.#runtime.isOn = false
    await this.#ownMetrics.shutdown()
    this.logger.info('stopped')
  }

  async #become(config: LoadedConfig): Promise<void> {
    const next = this.#running.build(config)
    await this.#openPages(config)
    await this.#running.become(next)
    this.#tellOf(config, next)
    this.#state.become(config)
    this.#config = config
  }

  /** Own logs and own metrics as a configuration wants them. */
  #tellOf(config: LoadedConfig, { ownOutlets }: Pipelines): void {
    const { metrics, resource } = config.service.telemetry
    this.#log.configure(logCourse(config))
    this.#ownMetrics.configure({ level: metrics.level, resource })
    this.#runtime.isOn = metrics.level === 'detailed'
    const outlets = metrics.readers === undefined ? ownOutlets : this.#ownPages.outlets
    this.#ownReceiver.configure({
      outlets: metrics.level === 'none' ? [] : outlets,
      intervalMs: shortestInterval(config.receivers),
    })
  }

  async #openPages({ service }: LoadedConfig): Promise<void> {
    const { level, readers = [] } = service.telemetry.metrics
    await this.#ownPages.become(level === 'none' ? [] : readers)
  }

  /** Own metrics after the receivers: they tell of the last collection too. */
  async #stopAll(): Promise<void> {
    await this.#running.stopReceivers()
    await this.#lifecycle.stop([[{ id: 'own metrics', component: this.#ownReceiver }]])
    await this.#running.stopRest()
    await this.#ownPages.become([])
  }
}

function createOwnMetrics(
  env: ServiceSettings['env'],
  host: Attributes,
  logger: Logger,
): OwnMetrics {
  let made: Resource | undefined
  const resource = () => {
    made ??= ownResource({ env, version, host, onProblem: (text) => logger.warn(text) })
    return made
  }
  const metrics = new OwnMetrics(resource, version)
  observeProcess(metrics.meter())
  return metrics
}

function logCourse({ service }: LoadedConfig): LogCourse {
  const { level, encoding, sampling, initial_fields: initialFields } = service.telemetry.logs
  return { level, encoding, initialFields, sampling: sampling.enabled ? sampling : undefined }
}

/** Own metrics are read as often as connections are. */
function shortestInterval(receivers: LoadedConfig['receivers']): number {
  const intervals = [...receivers.values()]
    .map(({ config }) =>
      typeof config === 'object' && config !== null && 'collection_interval' in config
        ? config.collection_interval
        : undefined,
    )
    .filter((interval) => typeof interval === 'number')
  return intervals.length > 0 ? Math.min(...intervals) : defaultIntervalMs
}
