import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Complete } from './kubernetes-agent.ts'
import type { Measurement } from './measurement.ts'

const megabyte = 1e6
const agentFile = new URL('./kubernetes-agent.ts', import.meta.url)

export interface FollowedServer {
  readonly url: string
  readonly caFile: string
  readonly token: string
}

/** A process that follows a cluster as an agent does, with the flags that the agent has. */
export class Follower {
  readonly #child: ChildProcess
  readonly #complete: Complete

  private constructor(child: ChildProcess, complete: Complete) {
    this.#child = child
    this.#complete = complete
  }

  /** Returns when it knows all of the cluster. */
  static async start({ url, caFile, token }: FollowedServer): Promise<Follower> {
    const child = startProcess(agentFile, [url, caFile, token], ['--max-semi-space-size=1'])
    const complete = await next<Complete>(child)
    if (complete.named === undefined) throw new Error('a service has no name')
    return new Follower(child, complete)
  }

  /**
   * What it took until then; the memory is that of now.
   *
   * @param allSeconds budget for all of the cluster: none where the server is slower than a real one
   */
  async figures(allSeconds?: number): Promise<Measurement[]> {
    const { podsMs, allMs, cpuMs, rssBefore, peakRss } = this.#complete
    const { rss } = await ask<{ rss: number }>(this.#child, 'rss')
    return [
      figure('start: pods of the node known', podsMs / 1e3, 's', 5),
      figure('all of the cluster known', allMs / 1e3, 's', allSeconds),
      figure('CPU until then', cpuMs / 1e3, 's', 5),
      figure('more memory, at rest', (rss - rssBefore) / megabyte, 'MB', 60),
      figure('more memory, at most', (peakRss - rssBefore) / megabyte, 'MB', 60),
    ]
  }

  /** Another start, in the same process. */
  async longestTurn(): Promise<Measurement> {
    const { longestMs } = await ask<{ longestMs: number }>(this.#child, 'turns')
    return figure('longest turn of a start', longestMs, 'ms', 50)
  }

  stop(): void {
    this.#child.send({ what: 'stop' })
  }
}

export function figure(what: string, value: number, unit: string, atMost?: number): Measurement {
  return { what, value, unit, ...(atMost !== undefined && { budget: { atMost } }) }
}

export function startProcess(
  file: URL,
  args: readonly string[],
  flags: readonly string[] = [],
): ChildProcess {
  return fork(fileURLToPath(file), args, { execArgv: ['--expose-gc', ...flags] })
}

export async function next<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T]
  return message
}

export function ask<T>(child: ChildProcess, what: string): Promise<T> {
  const answer = next<T>(child)
  child.send({ what })
  return answer
}
