import { noGrowth } from '../connection/increment.ts'
import { Rejection, recordKind, Total } from '../generated/records.ts'
import { type Edge, noEdge } from './edge-columns.ts'
import type { Edges } from './edges.ts'
import type { FlowTable } from './flow-table.ts'
import { copyWords, type Held, type HeldBatch } from './held-records.ts'
import { mergedIncrement } from './increments.ts'
import { type KnownFlow, unknownFlow } from './known-flow.ts'
import { RecordTeller, shapes } from './record-teller.ts'
import type { Sink } from './source.ts'

const smallest = 8
/** Room behind the buffer for one record that was held. */
const largest = 512
/**
 * What came within this time before a collection may wait for its other end until the next one: on a busy machine the
 * kernel creates the server's socket, or a process accepts it, that much later.
 */
const patienceMs = 2000

/**
 * Hands the records of one buffer to a sink. Bytes come from our own programs, but a buffer that was cut wrongly
 * must not end the agent: what is not a record is counted, and the rest of that buffer is given up.
 */
export class RecordDecoder {
  readonly #words: Uint32Array
  readonly #flows: FlowTable
  readonly #edges: Edges | undefined
  readonly #now: () => number
  readonly #total: Total
  readonly #rejection: Rejection
  /** Of the records of the buffer, one by one: where they begin, in words, their flow, their connection. */
  readonly #starts: Int32Array
  readonly #flowOf: KnownFlow[] = []
  readonly #edgeOf: Int32Array
  #count = 0
  /** Word of the room for a record that was held. */
  readonly #spare: number
  readonly #place
  readonly teller: RecordTeller
  /** What is read into; 4-byte aligned, in host order. */
  readonly bytes: Uint8Array
  records = 0
  unknown = 0

  /**
   * @param edges absent if nobody asks for the other end of a connection
   * @param now in ms of a monotonic clock
   */
  constructor(flows: FlowTable, size: number, edges?: Edges, now = () => performance.now()) {
    this.#flows = flows
    this.#edges = edges
    this.#now = now
    this.#starts = new Int32Array(Math.ceil(size / smallest))
    this.#edgeOf = new Int32Array(Math.ceil(size / smallest))
    this.#spare = (size + 3) >> 2
    const buffer = new ArrayBuffer(this.#spare * 4 + largest)
    this.bytes = new Uint8Array(buffer, 0, size)
    this.#words = new Uint32Array(buffer)
    this.#total = new Total(this.#words)
    this.#rejection = new Rejection(this.#words)
    this.#place = { words: this.#words, flowAt: 0, endpointsAt: 0 }
    this.teller = new RecordTeller(this.#words)
  }

  /**
   * @param length bytes of records at the start of `bytes`
   * @returns how many bytes of a last, cut record are left; they now stand at the start of `bytes`
   */
  decode(length: number, sink: Sink): number {
    const end = this.#scan(length)
    this.#meet()
    this.#release(sink)
    const count = this.#count
    for (let record = 0; record < count; record += 1) {
      const at = this.#starts[record] as number
      const edge = this.#edgeOf[record] as Edge
      const flow = this.#flowOf[record] as KnownFlow
      if (edge === noEdge) this.teller.tell(this.#words[at] as number, at, flow, sink)
      else this.#tell(at, flow, edge, sink, undefined)
    }
    this.records += count
    if (end < 0) {
      this.unknown += 1
      return 0
    }
    if (end < length) this.bytes.copyWithin(0, end, length)
    return length - end
  }

  /**
   * Ends a collection: tells what is held, but for what began to wait only just.
   *
   * @param isLast whether there is none after it: then all
   */
  flush(sink: Sink, isLast: boolean): void {
    const edges = this.#edges
    if (edges === undefined || edges.heldRecords === 0) return
    const soon = isLast ? Number.POSITIVE_INFINITY : this.#now() - patienceMs
    this.#tellHeld(edges.takeHeld(), sink, soon)
  }

  /** Finds where records begin, and the local addresses in them. @returns where the last one ends; -1 if one is none */
  #scan(length: number): number {
    const words = this.#words
    let count = 0
    let end = 0
    while (length - end >= smallest) {
      const at = end >> 2
      const shape = shapes[words[at] as number]
      const size = words[at + 1] as number
      if (shape?.size !== size) {
        end = -1
        break
      }
      if (end + size > length) break
      this.#starts[count] = at
      count += 1
      end += size
      if (shape.endpointsWord < 0) continue
      this.#place.endpointsAt = at + shape.endpointsWord
      this.#edges?.learn(this.#place)
    }
    this.#count = count
    return end
  }

  /** All of a buffer before the first is told: the other end of a connection may be behind it. */
  #meet(): void {
    const edges = this.#edges
    edges?.begin()
    const words = this.#words
    for (let record = 0; record < this.#count; record += 1) {
      const at = this.#starts[record] as number
      const kind = words[at] as number
      const shape = shapes[kind]
      this.#edgeOf[record] = noEdge
      if (shape === undefined || shape.flowWord < 0) {
        this.#flowOf[record] = unknownFlow
        continue
      }
      const flowAt = at + shape.flowWord
      // A total begins with its flow.
      this.#total.at = flowAt
      const flow = this.#flows.find(words, flowAt, this.#total)
      this.#flowOf[record] = flow
      if (edges === undefined || shape.endpointsWord < 0) continue
      this.#place.flowAt = flowAt
      this.#place.endpointsAt = at + shape.endpointsWord
      this.#edgeOf[record] = edges.meet(this.#place, flow, this.teller.stageOf(kind, at))
    }
  }

  /** Tells what was held and has met its other end. */
  #release(sink: Sink): void {
    const edges = this.#edges
    if (edges?.hasReleased) this.#tellHeld(edges.takeHeld(), sink, Number.NEGATIVE_INFINITY)
  }

  /** @param soon what has waited since then or before is told in any case, in ms */
  #tellHeld({ words, list }: HeldBatch, sink: Sink, soon: number): void {
    for (const held of list) {
      copyWords(words, held.at, this.#words, this.#spare, held.length)
      this.#tell(this.#spare, held.flow, held.edge, sink, held.sinceMs > soon ? held : null)
    }
  }

  /** @param held the record, if it was; `null` if it is not to wait any longer */
  #tell(at: number, flow: KnownFlow, edge: Edge, sink: Sink, held: Held | null | undefined): void {
    const edges = this.#edges as Edges
    const kind = this.#words[at] as number
    let told = edges.decide(edge, flow, held !== null, sink)
    if (told === undefined) {
      const length = (this.#words[at + 1] as number) >> 2
      const record = held ?? { length, flow, edge, sinceMs: this.#now() }
      if (edges.hold(this.#words, at, record)) return
      told = edges.decide(edge, flow, false, sink) ?? flow
    }
    this.teller.tell(kind, at, told, sink)
    if (kind !== recordKind.RECORD_CONNECTION && kind !== recordKind.RECORD_COUNTERS) return
    edges.told(edge, flow, this.teller.activeOf(at), this.teller.isEnd(kind, at))
  }

  /** @param length bytes of entries of a remainder map at the start of `bytes` */
  decodeTotals(length: number, sink: Sink): void {
    for (let at = 0; at + Total.size <= length; at += Total.size) {
      this.#total.at = at >> 2
      const flow = this.#flows.find(this.#words, (at >> 2) + Total.flowWord, this.#total)
      const increment = mergedIncrement(this.#total, flow)
      const { active } = increment
      // Which of its connections ended was not told.
      const ofVariants = active < 0 ? flow.takeEnded(-active) : []
      const own = ofVariants.reduce((left, [, ended]) => left + ended, active)
      sink.connection(own === active ? increment : { ...increment, active: own })
      for (const [variant, ended] of ofVariants) {
        sink.connection({ ...noGrowth, flow: variant, active: -ended, isMerged: true })
      }
    }
  }

  /** @param length bytes of entries of a rejection map at the start of `bytes` */
  decodeRejections(length: number, sink: Sink): void {
    for (let at = 0; at + Rejection.size <= length; at += Rejection.size) {
      const rejection = this.#rejection
      rejection.at = at >> 2
      if (rejection.rejects === 0 && rejection.resets === 0) continue
      sink.rejection({
        netns: rejection.netns,
        networkType: rejection.ipVersion === 6 ? 'ipv6' : 'ipv4',
        port: rejection.port,
        rejects: rejection.rejects,
        resets: rejection.resets,
      })
    }
  }
}
