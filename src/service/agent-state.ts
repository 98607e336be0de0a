import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { LoadedConfig } from '../config/load.ts'
import type { AgentComponents, AgentView } from '../telemetry/agent-view.ts'
import { HealthBook, type Problem } from '../telemetry/health.ts'
import type { LogRecord } from '../telemetry/log-line.ts'
import type { OwnMetrics } from '../telemetry/own-metrics.ts'
import { RecentLines } from '../telemetry/recent-lines.ts'
import { version } from './version.ts'

/** What extensions see of the agent. */
export class AgentState implements AgentView {
  readonly version = version
  readonly startedMs = Date.now()
  readonly health = new HealthBook()
  readonly lines = new RecentLines()
  phase: 'starting' | 'running' | 'stopping' = 'starting'
  metrics: OwnMetrics | undefined
  #config: LoadedConfig

  constructor(config: LoadedConfig) {
    this.#config = config
  }

  /** From now on it is by this configuration that it runs. */
  become(config: LoadedConfig): void {
    this.#config = config
    const { receivers, processors, exporters, extensions } = config
    const ids = [receivers, processors, exporters, extensions].flatMap((all) => [...all.keys()])
    this.health.keepOnly(new Set(ids))
  }

  notRunning(): 'starting' | 'stopping' | undefined {
    return this.phase === 'running' ? undefined : this.phase
  }

  problems(): readonly Problem[] {
    return this.health.problems()
  }

  components(): AgentComponents {
    const { extensions, pipelines } = this.#config.service
    return { extensions, pipelines }
  }

  recentLines(): readonly LogRecord[] {
    return this.lines.list()
  }

  async ownMetrics(): Promise<ResourceMetrics | undefined> {
    return this.metrics?.collect('cumulative')
  }
}
