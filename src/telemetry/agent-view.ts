import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Problem } from './health.ts'
import type { LogRecord } from './log-line.ts'

/** What an extension can see of the agent that it runs in. Asked anew at each question. */
export interface AgentView {
  readonly version: string
  /** Wall clock in ms. */
  readonly startedMs: number
  /** Why not all of it runs: it starts, or stops; `undefined` if it runs. */
  notRunning(): 'starting' | 'stopping' | undefined
  /** What keeps components from their work, the oldest first. */
  problems(): readonly Problem[]
  /** Ids of what runs, by kind; of a pipeline the ids of its parts. */
  components(): AgentComponents
  /** The last warnings and errors of the log, the newest first. */
  recentLines(): readonly LogRecord[]
  /** The agent's own metrics as of now. */
  ownMetrics(): Promise<ResourceMetrics | undefined>
}

export interface AgentComponents {
  readonly extensions: readonly string[]
  readonly pipelines: Readonly<Record<string, PipelineParts>>
}

export interface PipelineParts {
  readonly receivers: readonly string[]
  readonly processors: readonly string[]
  readonly exporters: readonly string[]
}
