import { randomBytes } from 'node:crypto'
import type { Flow, Role } from '../connection/flow.ts'
import { flowWords, type Total } from '../generated/records.ts'
import { formatAddress } from '../shared/addresses.ts'

/** Index: the record's `role`. */
const roles: readonly Role[] = ['unknown', 'client', 'server']
const ipv4Loopback = 127

type FlowFields = Pick<
  Total,
  | 'remoteAddress'
  | 'processStartTime'
  | 'cgroupId'
  | 'pid'
  | 'netns'
  | 'servicePort'
  | 'ipVersion'
  | 'role'
  | 'isSameHost'
>

/** Decodes the flow of a record. */
export function readFlow(record: FlowFields): Flow {
  const remote = record.remoteAddress
  const isLoopback = record.ipVersion === 4 && remote[12] === ipv4Loopback
  return {
    process: { pid: record.pid, startTime: record.processStartTime, cgroupId: record.cgroupId },
    netns: record.netns,
    transport: 'tcp',
    networkType: record.ipVersion === 4 ? 'ipv4' : 'ipv6',
    role: roles[record.role] ?? 'unknown',
    servicePort: record.servicePort,
    remoteAddress: formatAddress(remote),
    isSameHost: record.isSameHost === 1 || isLoopback,
    slot: undefined,
  }
}

/**
 * One {@link Flow} object for equal `struct flow` bytes, found by hashing its words where they stand: decoding
 * a flow costs a microsecond, finding it again a few ns. Holds at most `capacity` flows; then it starts anew,
 * which costs time but loses nothing, since a flow is only a name.
 */
export class FlowTable {
  readonly #capacity: number
  readonly #mask: number
  readonly #keys: Uint32Array
  #flows: (Flow | undefined)[]
  #count = 0
  /** How often it was full. */
  resets = 0

  /** @param capacity a power of two */
  constructor(capacity = 1 << 15) {
    this.#capacity = capacity
    const slots = capacity * 2
    this.#mask = slots - 1
    this.#keys = new Uint32Array(slots * flowWords)
    this.#flows = new Array<Flow | undefined>(slots)
  }

  get size(): number {
    return this.#count
  }

  /**
   * @param words where the record stands
   * @param at first word of its `struct flow`
   * @param record a decoder set to that record, used when the flow is new
   */
  find(words: Uint32Array, at: number, record: FlowFields): Flow {
    let slot = hash(words, at) & this.#mask
    for (;;) {
      const flow = this.#flows[slot]
      if (flow === undefined) return this.#add(slot, words, at, record)
      if (this.#isEqual(slot * flowWords, words, at)) return flow
      slot = (slot + 1) & this.#mask
    }
  }

  #add(slot: number, words: Uint32Array, at: number, record: FlowFields): Flow {
    if (this.#count === this.#capacity) {
      this.#flows = new Array<Flow | undefined>(this.#mask + 1)
      this.#count = 0
      this.resets += 1
      return this.find(words, at, record)
    }
    const flow = readFlow(record)
    this.#keys.set(words.subarray(at, at + flowWords), slot * flowWords)
    this.#flows[slot] = flow
    this.#count += 1
    return flow
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
