import { randomBytes } from 'node:crypto'
import type { Role } from '../connection/flow.ts'
import { flowWords, type Total } from '../generated/records.ts'
import { formatAddress } from '../shared/addresses.ts'
import { KnownFlow } from './known-flow.ts'

/** Index: the record's `role`. */
const roles: readonly Role[] = ['unknown', 'client', 'server']
const ipv4Loopback = 127
/** IPPROTO_UDP */
const udp = 17
/** A power of two. */
const fewestSlots = 512

type FlowFields = Pick<
  Total,
  | 'remoteAddress'
  | 'processStartTime'
  | 'cgroupId'
  | 'pid'
  | 'netns'
  | 'servicePort'
  | 'ipVersion'
  | 'protocol'
  | 'role'
  | 'isSameHost'
>

/** Decodes the flow of a record. */
export function readFlow(record: FlowFields): KnownFlow {
  const remote = record.remoteAddress
  const isLoopback = record.ipVersion === 4 && remote[12] === ipv4Loopback
  return new KnownFlow({
    process: { pid: record.pid, startTime: record.processStartTime, cgroupId: record.cgroupId },
    netns: record.netns,
    transport: record.protocol === udp ? 'udp' : 'tcp',
    networkType: record.ipVersion === 4 ? 'ipv4' : 'ipv6',
    role: roles[record.role] ?? 'unknown',
    servicePort: record.servicePort,
    remoteAddress: formatAddress(remote),
    isSameHost: record.isSameHost === 1 || isLoopback,
  })
}

/**
 * One {@link KnownFlow} object for equal `struct flow` bytes, found by hashing its words where they stand: decoding
 * a flow costs a microsecond, finding it again a few ns.
 *
 * Flows that were not met between one {@link renew} and the next are forgotten: each keeps what was pinned to it, and
 * processes come and go. Those with open connections are kept, so that these can follow it under another name. Holds at most `capacity` flows of the time since the last renewal, and those of the time before;
 * then it starts anew. Forgetting costs time but loses nothing, since a flow is only a name.
 */
export class FlowTable {
  readonly #capacity: number
  #recent = new FlowSlots()
  #before = new FlowSlots()
  /** How often it was full. */
  resets = 0
  readonly #onNew: ((flow: KnownFlow) => void) | undefined

  /** @param capacity a power of two @param onNew is told of each flow that was not known */
  constructor(capacity = 1 << 15, onNew?: (flow: KnownFlow) => void) {
    this.#capacity = capacity
    this.#onNew = onNew
  }

  /** Flows met since the last renewal. */
  get size(): number {
    return this.#recent.count
  }

  /**
   * @param words where the record stands
   * @param at first word of its `struct flow`
   * @param record a decoder set to that record, used when the flow is new
   */
  find(words: Uint32Array, at: number, record: FlowFields): KnownFlow {
    const hashed = hash(words, at)
    const known = this.#recent.find(words, at, hashed)
    if (known !== undefined) return known
    if (this.#recent.count === this.#capacity) {
      this.#recent = new FlowSlots()
      this.#before = new FlowSlots()
      this.resets += 1
    }
    const flow = this.#before.find(words, at, hashed) ?? this.#read(record)
    this.#recent.add(words, at, hashed, flow)
    return flow
  }

  #read(record: FlowFields): KnownFlow {
    const flow = readFlow(record)
    this.#onNew?.(flow)
    return flow
  }

  /** Forgets what was not met since the last call, unless it has open connections and there is room. */
  renew(): void {
    const idle = this.#before
    const { count } = this.#recent
    this.#before = this.#recent
    this.#before.addOpen(idle, this.#capacity)
    this.#recent = new FlowSlots(count)
  }
}

/** Open addressing. Doubles when it is half full. */
class FlowSlots {
  #mask: number
  #keys: Uint32Array
  #flows: (KnownFlow | undefined)[]
  count = 0

  /** @param expected how many flows it is to hold without growing */
  constructor(expected = 0) {
    let slots = fewestSlots
    while (slots < expected * 2) slots *= 2
    this.#mask = slots - 1
    this.#keys = new Uint32Array(slots * flowWords)
    this.#flows = new Array<KnownFlow | undefined>(slots)
  }

  find(words: Uint32Array, at: number, hashed: number): KnownFlow | undefined {
    let slot = hashed & this.#mask
    for (;;) {
      const flow = this.#flows[slot]
      if (flow === undefined || this.#isEqual(slot * flowWords, words, at)) return flow
      slot = (slot + 1) & this.#mask
    }
  }

  /** Only for a flow that is not there. */
  add(words: Uint32Array, at: number, hashed: number, flow: KnownFlow): void {
    if (this.count * 2 > this.#mask) this.#grow()
    let slot = hashed & this.#mask
    while (this.#flows[slot] !== undefined) slot = (slot + 1) & this.#mask
    const key = slot * flowWords
    for (let word = 0; word < flowWords; word += 1) {
      this.#keys[key + word] = words[at + word] as number
    }
    this.#flows[slot] = flow
    this.count += 1
  }

  /** Takes over flows with open connections that it does not have, until it has `most`. */
  addOpen(other: FlowSlots, most: number): void {
    const keys = other.#keys
    for (const [slot, flow] of other.#flows.entries()) {
      if (this.count >= most) return
      if (flow === undefined || !flow.isOpen) continue
      const key = slot * flowWords
      const hashed = hash(keys, key)
      if (this.find(keys, key, hashed) === undefined) this.add(keys, key, hashed, flow)
    }
  }

  #grow(): void {
    const keys = this.#keys
    const flows = this.#flows
    this.#mask = this.#mask * 2 + 1
    this.#keys = new Uint32Array(keys.length * 2)
    this.#flows = new Array<KnownFlow | undefined>(flows.length * 2)
    this.count = 0
    for (const [slot, flow] of flows.entries()) {
      const key = slot * flowWords
      if (flow !== undefined) this.add(keys, key, hash(keys, key), flow)
    }
  }

  #isEqual(key: number, words: Uint32Array, at: number): boolean {
    for (let word = 0; word < flowWords; word += 1) {
      if (this.#keys[key + word] !== words[at + word]) return false
    }
    return true
  }
}

/** Else a remote that chooses its addresses could choose those that collide. */
const seed = randomBytes(4).readInt32LE()

/** Murmur3's mixing, word by word. */
function hash(words: Uint32Array, at: number): number {
  let mixed = seed
  for (let word = 0; word < flowWords; word += 1) {
    let next = Math.imul(words[at + word] as number, 0xcc9e2d51)
    next = (next << 15) | (next >>> 17)
    mixed ^= Math.imul(next, 0x1b873593)
    mixed = (mixed << 13) | (mixed >>> 19)
    mixed = (Math.imul(mixed, 5) + 0xe6546b64) | 0
  }
  mixed ^= mixed >>> 16
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  return mixed >>> 0
}
