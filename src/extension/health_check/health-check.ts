import type { ComponentSettings } from '../../config/component.ts'
import type { Extension } from '../../model/component.ts'
import type { AgentView } from '../../telemetry/agent-view.ts'
import type { Problem } from '../../telemetry/health.ts'
import { type Answer, json, StatusServer } from '../shared/status-server.ts'
import type { HealthCheckConfig } from './config.ts'

/** Says over HTTP whether the agent lives and whether it is ready, and if not, why. */
export class HealthCheck implements Extension {
  readonly #config: HealthCheckConfig
  readonly #agent: AgentView
  readonly #server: StatusServer
  readonly #now: () => number

  /** @param now wall clock in ms */
  constructor(
    settings: ComponentSettings,
    config: HealthCheckConfig,
    agent: AgentView,
    now: () => number = Date.now,
  ) {
    this.#config = config
    this.#agent = agent
    this.#now = now
    this.#server = new StatusServer(settings, config.endpoint, ({ pathname }) =>
      this.#answer(pathname),
    )
  }

  /** `undefined` before the start. */
  get port(): number | undefined {
    return this.#server.address?.port
  }

  start(): Promise<void> {
    return this.#server.start()
  }

  shutdown(): Promise<void> {
    return this.#server.stop()
  }

  #answer(path: string): Answer | undefined {
    if (path === this.#config.path) return this.#readiness()
    if (path === this.#config.live_path) return json(200, { status: 'alive', ...this.#age() })
    return undefined
  }

  #readiness(): Answer {
    const phase = this.#agent.notRunning()
    const problems = this.#agent.problems()
    const isReady = phase === undefined && !problems.some((problem) => this.#counts(problem))
    const { healthy, unhealthy } = this.#config.response_body
    const own = isReady ? healthy : unhealthy
    const status = isReady ? 200 : 503
    if (own !== '') return { status, type: 'text/plain', body: own }
    return json(status, {
      status: isReady ? 'Server available' : 'Server not available',
      ...this.#age(),
      ...(phase !== undefined && { phase }),
      problems: problems.map((problem) => ({
        ...problem,
        since: new Date(problem.since).toISOString(),
        counts: this.#counts(problem),
      })),
    })
  }

  #counts({ component, since }: Problem): boolean {
    const { component_health: wanted } = this.#config
    const isOfReceiver = Object.values(this.#agent.components().pipelines).some(({ receivers }) =>
      receivers.includes(component),
    )
    const isIncluded = isOfReceiver
      ? wanted.include_permanent_errors
      : wanted.include_recoverable_errors
    return isIncluded && this.#now() - since >= wanted.recovery_duration
  }

  /** As the Collector tells it. */
  #age(): { upSince: string; uptime: string } {
    const { startedMs } = this.#agent
    const seconds = Math.max(this.#now() - startedMs, 0) / 1e3
    return { upSince: new Date(startedMs).toISOString(), uptime: `${seconds}s` }
  }
}
