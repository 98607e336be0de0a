import {
  type Flow,
  type NetworkType,
  type Role,
  type Transport,
  unpinned,
} from '../connection/flow.ts'
import type { ProcessKey } from '../connection/process.ts'

/** Of one flow. A server that many short-lived processes of this host call has as many. */
const mostVariants = 4096

/** What is known of a connection's other end beyond the flow that its socket tells of. */
export interface OtherEnd {
  /** Absent if it is the remote address. */
  readonly reachedAddress: string | undefined
  readonly peerProcess: ProcessKey | undefined
}

export type FlowFacts = Omit<Flow, keyof typeof unpinned | keyof OtherEnd>

/** A flow as its sockets tell of it, or a variant of that with more known of the other end: the same object for the same end. */
export class KnownFlow implements Flow {
  readonly process: ProcessKey
  readonly netns: number
  readonly transport: Transport
  readonly networkType: NetworkType
  readonly role: Role
  readonly servicePort: number
  readonly remoteAddress: string
  readonly isSameHost: boolean
  declare readonly reachedAddress?: string
  declare readonly peerProcess?: ProcessKey
  slot: unknown = unpinned.slot
  open: number = unpinned.open
  namedAt: number = unpinned.namedAt
  #variants: Variants | undefined

  constructor(facts: FlowFacts, end?: OtherEnd) {
    this.process = facts.process
    this.netns = facts.netns
    this.transport = facts.transport
    this.networkType = facts.networkType
    this.role = facts.role
    this.servicePort = facts.servicePort
    this.remoteAddress = facts.remoteAddress
    this.isSameHost = facts.isSameHost
    if (end?.reachedAddress !== undefined) this.reachedAddress = end.reachedAddress
    if (end?.peerProcess !== undefined) this.peerProcess = end.peerProcess
  }

  /** @param generation those that were not met in one or the one before are forgotten, unless connections of them are open */
  with(end: OtherEnd, generation: number): KnownFlow {
    if (end.reachedAddress === undefined && end.peerProcess === undefined) return this
    this.#variants ??= new Variants()
    return this.#variants.find(this, end, generation)
  }

  /** Whether connections of it or of its variants are open. */
  get isOpen(): boolean {
    if (this.open > 0) return true
    for (const variant of this.#variants?.all() ?? []) if (variant.open > 0) return true
    return false
  }

  /**
   * Whose open connections ended, where it is known only that some of this flow did: its own first.
   *
   * @param ended how many
   * @returns variants with how many of theirs; the rest are its own
   */
  takeEnded(ended: number): [KnownFlow, number][] {
    const taken: [KnownFlow, number][] = []
    let left = ended - Math.min(Math.max(this.open, 0), ended)
    for (const variant of this.#variants?.all() ?? []) {
      const of = Math.min(variant.open, left)
      if (of <= 0) continue
      left -= of
      taken.push([variant, of])
    }
    return taken
  }
}

/** Stands where there is no flow. */
export const unknownFlow: KnownFlow = new KnownFlow({
  process: { pid: 0, startTime: 0n, cgroupId: 0n },
  netns: 0,
  transport: 'tcp',
  networkType: 'ipv4',
  role: 'unknown',
  servicePort: 0,
  remoteAddress: '0.0.0.0',
  isSameHost: false,
})

export function isSameProcess(one: ProcessKey | undefined, other: ProcessKey | undefined): boolean {
  if (one === other) return true
  return one !== undefined && one.pid === other?.pid && one.startTime === other.startTime
}

/** Whether more is known of the process at the other end than was told. */
export function isNews(told: KnownFlow, peer: ProcessKey | undefined): boolean {
  return peer !== undefined && peer.pid !== 0 && !isSameProcess(told.peerProcess, peer)
}

const isOf = (flow: KnownFlow, end: OtherEnd): boolean =>
  flow.reachedAddress === end.reachedAddress && isSameProcess(flow.peerProcess, end.peerProcess)

/** By the pid of the process at the other end. */
class Variants {
  #last: KnownFlow | undefined
  #recent = new Map<number, KnownFlow[]>()
  #before = new Map<number, KnownFlow[]>()
  #count = 0
  #generation = 0

  find(flow: KnownFlow, end: OtherEnd, generation: number): KnownFlow {
    if (this.#generation !== generation) this.#roll(generation)
    if (this.#last !== undefined && isOf(this.#last, end)) return this.#last
    const pid = end.peerProcess?.pid ?? 0
    this.#last = findIn(this.#recent, pid, end) ?? this.#add(pid, flow, end)
    return this.#last
  }

  *all(): Generator<KnownFlow> {
    for (const flows of this.#recent.values()) yield* flows
    for (const [pid, flows] of this.#before) {
      yield* flows.filter((flow) => this.#recent.get(pid)?.includes(flow) !== true)
    }
  }

  #add(pid: number, base: KnownFlow, end: OtherEnd): KnownFlow {
    const flow = findIn(this.#before, pid, end) ?? new KnownFlow(base, end)
    if (this.#count >= mostVariants) {
      this.#recent = new Map()
      this.#count = 0
    }
    const same = this.#recent.get(pid)
    if (same === undefined) this.#recent.set(pid, [flow])
    else same.push(flow)
    this.#count += 1
    return flow
  }

  #roll(generation: number): void {
    const open = [...this.all()].filter((flow) => flow.open > 0)
    this.#before = generation - this.#generation === 1 ? this.#recent : new Map()
    for (const flow of open.slice(0, mostVariants)) {
      const pid = flow.peerProcess?.pid ?? 0
      const same = this.#before.get(pid)
      if (same === undefined) this.#before.set(pid, [flow])
      else if (!same.includes(flow)) same.push(flow)
    }
    this.#recent = new Map()
    this.#last = undefined
    this.#count = 0
    this.#generation = generation
  }
}

function findIn(
  flows: ReadonlyMap<number, readonly KnownFlow[]>,
  pid: number,
  end: OtherEnd,
): KnownFlow | undefined {
  return flows.get(pid)?.find((one) => isOf(one, end))
}
