import { readFileSync } from 'node:fs'
import type { Flow } from '../../connection/flow.ts'
import type { ProcessKey } from '../../connection/process.ts'
import type { SynCookies } from '../../connection/syn-cookies.ts'
import { countersOf, namespaceOf } from './host-counters.ts'

/** Processes of a namespace that are tried, if others are gone by the time it is read. */
const maxPids = 4

/** Who listens in a network namespace, as of this collection. */
interface Listening {
  readonly pids: Set<number>
  process: ProcessKey | undefined
  port: number
}

export type SynCookieCounts = Pick<SynCookies, 'sent' | 'received' | 'failed'>

/** @returns `undefined` if a counter is missing: a kernel without SYN cookies */
export function parseNetstat(text: string): SynCookieCounts | undefined {
  const counters = countersOf(text, 'TcpExt:')
  const [sent, received, failed] = ['Sent', 'Recv', 'Failed'].map((name) =>
    counters.get(`Syncookies${name}`),
  )
  if (sent === undefined || received === undefined || failed === undefined) return undefined
  return { sent, received, failed }
}

/**
 * Reads the SYN cookies of each network namespace in which somebody listens, through one of the processes that do: a
 * file each. What was there before the first reading is left out.
 */
export class SynCookieCounters {
  readonly #procRoot: string
  readonly #ownNetns: number
  #listening = new Map<number, Listening>()
  #last = new Map<number, SynCookieCounts>()

  constructor(procRoot = '/proc') {
    this.#procRoot = procRoot
    this.#ownNetns = namespaceOf(`${procRoot}/self`)
  }

  /** Told of each listening socket in each collection. */
  listener({ netns, process, servicePort }: Flow): void {
    const known = this.#listening.get(netns)
    if (known === undefined) {
      this.#listening.set(netns, { pids: new Set([process.pid]), process, port: servicePort })
      return
    }
    if (known.pids.size < maxPids) known.pids.add(process.pid)
    const isSame =
      known.process?.pid === process.pid && known.process.startTime === process.startTime
    if (!isSame) known.process = undefined
    if (!isSame || known.port !== servicePort) known.port = 0
  }

  /** Ends a collection. @returns what grew, of each namespace that could be read */
  collect(): SynCookies[] {
    const readings = new Map<number, SynCookieCounts>()
    const grown: SynCookies[] = []
    for (const [netns, { pids, process, port }] of this.#listening) {
      const last = this.#last.get(netns)
      const now = this.#read(netns, pids) ?? last
      if (now === undefined) continue
      readings.set(netns, now)
      if (last === undefined) continue
      // Less than before: another namespace that has the number now.
      const growth = (key: keyof SynCookieCounts) => Math.max(now[key] - last[key], 0)
      const [sent, received, failed] = [growth('sent'), growth('received'), growth('failed')]
      if (sent + received + failed > 0) grown.push({ process, port, sent, received, failed })
    }
    this.#listening = new Map()
    this.#last = readings
    return grown
  }

  #read(netns: number, pids: ReadonlySet<number>): SynCookieCounts | undefined {
    const processes = [...pids].filter((pid) => pid > 0).map(String)
    if (netns === this.#ownNetns) processes.unshift('self')
    for (const process of processes) {
      const folder = `${this.#procRoot}/${process}`
      // The pid may be another process's by now.
      if (namespaceOf(folder) !== netns) continue
      try {
        return parseNetstat(readFileSync(`${folder}/net/netstat`, 'utf8'))
      } catch {
        // It ended in between; another may be left.
      }
    }
    return undefined
  }
}
