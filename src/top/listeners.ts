import { isIPv4 } from 'node:net'
import type { Listener } from '../connection/listener.ts'
import type { OpenConnection } from '../connection/open-connection.ts'
import type { ListenerRow, Owner, Rest } from './reading.ts'
import { Tally } from './tally.ts'

/** Where connections were accepted: as many as one address and port have. */
interface Accepted {
  readonly netns: number
  readonly address: string
  readonly port: number
  count: number
}

/** The listening sockets of one interval, with the connections that came through each. */
export class Listeners {
  readonly #limit: number
  readonly #rows = new Map<string, ListenerRow>()
  readonly #accepted = new Map<string, Accepted>()
  readonly rest: Rest = { rows: 0, tally: new Tally() }

  constructor(limit: number) {
    this.#limit = limit
  }

  add(listener: Listener, owner: () => Owner): void {
    const { flow, localAddress, backlog, backlogLimit, overflows, isGrowthOnly } = listener
    if (isGrowthOnly && overflows === 0) return
    const key = keyOf(flow.netns, localAddress, flow.servicePort)
    let row = this.#rows.get(key)
    if (row === undefined) {
      if (this.#rows.size >= this.#limit) {
        this.rest.rows += 1
        return
      }
      row = {
        owner: owner(),
        netns: flow.netns,
        address: localAddress,
        port: flow.servicePort,
        sockets: 0,
        backlog: 0,
        backlogLimit: 0,
        overflows: 0,
        open: 0,
      }
      this.#rows.set(key, row)
    }
    row.overflows += overflows
    if (isGrowthOnly) return
    row.sockets += 1
    row.backlog += backlog
    row.backlogLimit += backlogLimit
  }

  open({ flow, localAddress, localPort }: OpenConnection): void {
    if (flow.role !== 'server') return
    const key = keyOf(flow.netns, localAddress, localPort)
    const known = this.#accepted.get(key)
    if (known !== undefined) known.count += 1
    else if (this.#accepted.size < this.#limit) {
      const address = localAddress
      this.#accepted.set(key, { netns: flow.netns, address, port: localPort, count: 1 })
    }
  }

  /** Once, when all of the interval has come: connections stand at the nearest address that is listened on. */
  rows(): ListenerRow[] {
    for (const { netns, address, port, count } of this.#accepted.values()) {
      const any = isIPv4(address) ? ['0.0.0.0', '::'] : ['::']
      const row = [address, ...any]
        .map((one) => this.#rows.get(keyOf(netns, one, port)))
        .find((one) => one !== undefined)
      if (row !== undefined) row.open += count
    }
    return [...this.#rows.values()]
  }
}

function keyOf(netns: number, address: string, port: number): string {
  return `${netns} ${address} ${port}`
}
