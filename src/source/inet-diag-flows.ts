import { type Flow, unpinned } from '../connection/flow.ts'

export type FlowFields = Omit<Flow, 'slot' | 'open' | 'namedAt'>

/**
 * One {@link Flow} object for equal fields. Those that were not asked for between one {@link renew} and the next are
 * forgotten; sockets that are open keep theirs.
 */
export class DiagFlows {
  readonly #capacity: number
  #recent = new Map<string, Flow>()
  #before = new Map<string, Flow>()
  /** How often it was full. */
  resets = 0

  constructor(capacity = 1 << 15) {
    this.#capacity = capacity
  }

  find(fields: FlowFields): Flow {
    const key = keyOf(fields)
    const known = this.#recent.get(key)
    if (known !== undefined) return known
    if (this.#recent.size >= this.#capacity) {
      this.resets += 1
      this.#recent.clear()
    }
    const flow = this.#before.get(key) ?? { ...fields, ...unpinned }
    this.#recent.set(key, flow)
    return flow
  }

  renew(): void {
    this.#before = this.#recent
    this.#recent = new Map()
  }
}

function keyOf(fields: FlowFields): string {
  const { process, netns, transport, networkType, role, servicePort, remoteAddress, isSameHost } =
    fields
  return `${process.pid} ${process.startTime} ${process.cgroupId} ${netns} ${transport} ${networkType} ${role} ${servicePort} ${isSameHost} ${remoteAddress}`
}
