import { readdirSync, readFileSync } from 'node:fs'
import { Agent, type AgentSettings, until } from './agent.ts'

/** The JSON document of `nettracer top`. */
export interface TopDocument {
  readonly schema_version: number
  readonly interval_seconds: number
  readonly by: string
  readonly totals: TopRow
  readonly rows: readonly TopRow[]
}
export type TopRow = Readonly<Record<string, string | number | boolean | null>>

/** `nettracer top` as a process of its own, when it counts. Ends with the test. */
export async function startTop(
  args: readonly string[],
  settings: AgentSettings = {},
): Promise<Agent> {
  const top = Agent.spawn({ ...settings, args: ['top', ...args] })
  await until('its programs to be attached', () => {
    if (!top.isRunning) throw new Error(`top ended: ${top.stderr}`)
    return isAttached(top.pid)
  })
  return top
}

/** Whether a process has its program on state changes: what begins from now on is counted. */
function isAttached(pid: number): boolean {
  const folder = `/proc/${pid}/fdinfo`
  return readdirSync(folder).some((fd) => {
    try {
      return /^tp_name:\s*inet_sock_set_state$/m.test(readFileSync(`${folder}/${fd}`, 'utf8'))
    } catch {
      return false
    }
  })
}

/** The rows of which some fields have some values. */
export function rowsWith({ rows }: TopDocument, fields: TopRow): TopRow[] {
  return rows.filter((row) => Object.entries(fields).every(([key, value]) => row[key] === value))
}
