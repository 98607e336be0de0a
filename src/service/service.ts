import type { ComponentSettings } from '../config/component.ts'
import type { LoadedConfig } from '../config/load.ts'
import { readHost } from '../identity/host.ts'
import { Log } from '../telemetry/logger.ts'
import { OwnMetrics, silentMeter } from '../telemetry/own-metrics.ts'
import { OwnMetricsReceiver } from '../telemetry/own-metrics-receiver.ts'
import { ownResource } from '../telemetry/own-resource.ts'
import { observeProcess } from '../telemetry/process-metrics.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import { ExtensionSet } from './extensions.ts'
import { Lifecycle } from './lifecycle.ts'
import { buildPipelines, type NamedComponent } from './pipelines.ts'
import { version } from './version.ts'

export interface ServiceSettings {
  /** The agent's own environment: names its own Resource. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Takes the lines of the log; must not throw. */
  readonly writeLog: (line: string) => void
}

const defaultIntervalMs = 10_000

/** A configuration that runs. One run each: after a stop make another one. */
export class Service {
  /** For what surrounds the service. */
  readonly logger: Logger
  #hasRun = false
  readonly #lifecycle: Lifecycle
  readonly #stages: readonly (readonly NamedComponent[])[]
  readonly #ownMetrics: OwnMetrics | undefined

  /** Makes the components; nothing is opened before {@link start}. */
  constructor(config: LoadedConfig, { env, writeLog }: ServiceSettings) {
    const log = new Log({ ...config.service.telemetry.logs, write: writeLog })
    this.logger = log.logger('service')
    this.#ownMetrics =
      config.service.telemetry.metrics.level === 'none'
        ? undefined
        : createOwnMetrics(env, this.logger)
    const meter = this.#ownMetrics?.meter() ?? silentMeter()
    const extensions = new ExtensionSet()
    const settingsOf = (id: string): ComponentSettings => ({
      id,
      version,
      extensions,
      telemetry: { logger: log.logger(id), meter },
    })
    const beside = extensions.build(config, settingsOf)
    const { exporters, processors, receivers, ownOutlets } = buildPipelines(
      config,
      settingsOf,
      this.logger,
    )
    this.#lifecycle = new Lifecycle(this.logger)
    const own = this.#ownMetrics && {
      id: 'own metrics',
      component: new OwnMetricsReceiver({
        metrics: this.#ownMetrics,
        outlets: ownOutlets,
        intervalMs: shortestInterval(config),
        logger: this.logger,
        hasRun: () => this.#hasRun,
      }),
    }
    const chains = processors.map((one) => [one])
    // Own metrics before the receivers: stopped after them, they tell of the last collection too.
    this.#stages = [
      ...beside.map((one) => [one]),
      exporters,
      ...chains,
      own ? [own] : [],
      receivers,
    ]
  }

  /** Extensions first, then exporters, receivers last. @throws what a component throws; all is stopped again then */
  async start(): Promise<void> {
    await this.#lifecycle.start(this.#stages)
    this.#hasRun = true
    this.logger.info('started', { version, pid: process.pid })
  }

  /** Receivers collect once more, then processors and exporters hand on what they hold. Never throws. */
  async stop(): Promise<void> {
    await this.#lifecycle.stop()
    await this.#ownMetrics?.shutdown()
    this.logger.info('stopped')
  }
}

function createOwnMetrics(env: ServiceSettings['env'], logger: Logger): OwnMetrics {
  const host = readHost().attributes
  const resource = ownResource({ env, version, host, onProblem: (text) => logger.warn(text) })
  const metrics = new OwnMetrics(resource, version)
  observeProcess(metrics.meter())
  return metrics
}

/** Own metrics are read as often as connections are. */
function shortestInterval({ receivers }: LoadedConfig): number {
  const intervals = [...receivers.values()]
    .map(({ config }) =>
      typeof config === 'object' && config !== null && 'collection_interval' in config
        ? config.collection_interval
        : undefined,
    )
    .filter((interval) => typeof interval === 'number')
  return intervals.length > 0 ? Math.min(...intervals) : defaultIntervalMs
}
