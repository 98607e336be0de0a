import type { AgentView, PipelineParts } from '../../telemetry/agent-view.ts'

/** All that the status page tells, as it is in JSON. Times are ISO 8601. */
export interface Status {
  readonly version: string
  readonly started: string
  readonly phase: string
  readonly extensions: readonly string[]
  readonly pipelines: Readonly<Record<string, PipelineParts>>
  readonly problems: readonly Record<string, string>[]
  readonly metrics: readonly Reading[]
  /** The newest first. */
  readonly log: readonly Record<string, unknown>[]
}

export interface Reading {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: number
}

export async function statusOf(agent: AgentView): Promise<Status> {
  const { extensions, pipelines } = agent.components()
  return {
    version: agent.version,
    started: new Date(agent.startedMs).toISOString(),
    phase: agent.notRunning() ?? 'running',
    extensions,
    pipelines,
    problems: agent.problems().map(({ component, what, reason, since }) => {
      return { component, what, reason, since: new Date(since).toISOString() }
    }),
    metrics: await readings(agent),
    log: agent.recentLines().map(({ time, level, component, message, fields }) => {
      return { time: new Date(time).toISOString(), level, component, message, fields }
    }),
  }
}

async function readings(agent: AgentView): Promise<Reading[]> {
  const own = await agent.ownMetrics()
  return (own?.scopeMetrics ?? [])
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ descriptor: { name }, dataPoints }) =>
      dataPoints.flatMap(({ attributes, value }) =>
        typeof value === 'number' ? [{ name, attributes, value }] : [],
      ),
    )
}
