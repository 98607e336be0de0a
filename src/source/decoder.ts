import { noGrowth } from '../connection/increment.ts'
import { Rejection, Total } from '../generated/records.ts'
import type { Edge } from './edge-table.ts'
import type { Edges } from './edges.ts'
import type { FlowTable } from './flow-table.ts'
import { mergedIncrement } from './increments.ts'
import { type KnownFlow, unknownFlow } from './known-flow.ts'
import { RecordTeller, shapes } from './record-teller.ts'
import type { Sink } from './source.ts'

const smallest = 8
/** Room behind the buffer for one record that was held. */
const largest = 512

/**
 * Hands the records of one buffer to a sink. Bytes come from our own programs, but a buffer that was cut wrongly
 * must not end the agent: what is not a record is counted, and the rest of that buffer is given up.
 */
export class RecordDecoder {
  readonly #words: Uint32Array
  readonly #flows: FlowTable
  readonly #edges: Edges | undefined
  readonly #total: Total
  readonly #rejection: Rejection
  /** Of the records of the buffer, one by one: where they begin, in words, their flow, their connection. */
  readonly #starts: number[] = []
  readonly #flowOf: KnownFlow[] = []
  readonly #edgeOf: (Edge | undefined)[] = []
  /** Word of the room for a record that was held. */
  readonly #spare: number
  readonly #place
  readonly teller: RecordTeller
  /** What is read into; 4-byte aligned, in host order. */
  readonly bytes: Uint8Array
  records = 0
  unknown = 0

  /** @param edges absent if nobody asks for the other end of a connection */
  constructor(flows: FlowTable, size: number, edges?: Edges) {
    this.#flows = flows
    this.#edges = edges
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
    const { end, isSound } = this.#scan(length)
    this.#meet()
    this.#release(sink)
    const records = this.#starts.length
    for (let record = 0; record < records; record += 1) {
      const at = this.#starts[record] as number
      this.#tell(at, this.#flowOf[record] as KnownFlow, this.#edgeOf[record], sink, true)
    }
    this.records += this.#starts.length
    if (!isSound) {
      this.unknown += 1
      return 0
    }
    this.bytes.copyWithin(0, end, length)
    return length - end
  }

  /**
   * Tells what is still held. Ends a collection.
   *
   * @param isLast whether there is none after it: else connections that began since the pass wait for the next one
   */
  flush(sink: Sink, isLast: boolean): void {
    const edges = this.#edges
    if (edges === undefined) return
    const held = edges.held.take()
    edges.held.isLate = false
    for (const { edge } of held) edge.setWaiting(false)
    for (const { words, at, length, flow, edge, isLate } of held) {
      this.#words.set(words.subarray(at, at + length), this.#spare)
      const kind = this.#words[this.#spare] as number
      const mayWait = edge.isWaiting || this.teller.isOpening(kind, this.#spare)
      this.#tell(this.#spare, flow, edge, sink, isLate && mayWait && !isLast)
    }
  }

  /** Finds where records begin, and the local addresses in them. */
  #scan(length: number): { end: number; isSound: boolean } {
    this.#starts.length = 0
    let end = 0
    while (length - end >= smallest) {
      const at = end >> 2
      const shape = shapes[this.#words[at] as number]
      const size = this.#words[at + 1] as number
      if (shape?.size !== size) return { end, isSound: false }
      if (end + size > length) break
      this.#starts.push(at)
      end += size
      if (shape.endpointsWord < 0) continue
      this.#place.endpointsAt = at + shape.endpointsWord
      this.#edges?.learn(this.#place)
    }
    return { end, isSound: true }
  }

  /** All of a buffer before the first is told: the other end of a connection may be behind it. */
  #meet(): void {
    this.#edges?.begin()
    const records = this.#starts.length
    for (let record = 0; record < records; record += 1) {
      const at = this.#starts[record] as number
      const kind = this.#words[at] as number
      const shape = shapes[kind]
      if (shape === undefined || shape.flowWord < 0) {
        this.#flowOf[record] = unknownFlow
        this.#edgeOf[record] = undefined
        continue
      }
      const flowAt = at + shape.flowWord
      // A total begins with its flow.
      this.#total.at = flowAt
      const flow = this.#flows.find(this.#words, flowAt, this.#total)
      this.#flowOf[record] = flow
      this.#edgeOf[record] = undefined
      if (this.#edges === undefined || shape.endpointsWord < 0) continue
      this.#place.flowAt = flowAt
      this.#place.endpointsAt = at + shape.endpointsWord
      this.#edgeOf[record] = this.#edges.meet(this.#place, flow, this.teller.stageOf(kind, at))
    }
  }

  /** Tells what was held and has met its other end. */
  #release(sink: Sink): void {
    const edges = this.#edges
    if (!edges?.hasReleased) return
    edges.hasReleased = false
    for (const { words, at, length, flow, edge } of edges.held.take()) {
      edge.setWaiting(false)
      this.#words.set(words.subarray(at, at + length), this.#spare)
      this.#tell(this.#spare, flow, edge, sink, true)
    }
  }

  #tell(at: number, flow: KnownFlow, edge: Edge | undefined, sink: Sink, canWait: boolean): void {
    const kind = this.#words[at] as number
    const edges = this.#edges
    if (edge === undefined || edges === undefined) {
      this.teller.tell(kind, at, flow, sink)
      return
    }
    let told = edges.decide(edge, flow, canWait, sink)
    if (told === undefined) {
      const length = (this.#words[at + 1] as number) >> 2
      edge.setWaiting(true)
      if (edges.held.hold(this.#words, at, length, flow, edge)) return
      told = edges.decide(edge, flow, false, sink) ?? flow
    }
    this.teller.tell(kind, at, told, sink)
    edges.told(edge, flow, this.teller.activeOf(kind, at), this.teller.isEnd(kind, at))
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
