import type { Flow } from '../connection/flow.ts'
import type { Responses } from '../connection/responses.ts'
import { ResponseRecord, responseBounds } from '../generated/records.ts'
import { unknownFlow } from './known-flow.ts'

const scale = responseBounds.RESPONSE_SCALE
/** What bpf/responses.h adds to a bucket's index. */
const bucketBias = 0x4000

const { byteOffset, byteLength } = new ResponseRecord(new Uint32Array(ResponseRecord.size >> 2))
  .slots
const slotsWord = byteOffset >> 2
const slotWords = byteLength >> 2

/** What a record of response times says. One object for all records: valid until the next one is read. */
export class RecordResponses implements Responses {
  flow: Flow = unknownFlow
  sumNs = 0
  minNs = 0
  maxNs = 0
  readonly scale = scale
  readonly buckets: number[] = []
  readonly counts: number[] = []

  read(record: ResponseRecord, flow: Flow): this {
    this.flow = flow
    this.#readSlots(record.words, record.at + slotsWord)
    const { durationMin: minNs, durationMax: maxNs } = record
    // A value that was being counted when the record was made is in a bucket, and not yet in these.
    const isComplete = minNs > 0 && maxNs > 0
    this.sumNs = record.durationSum
    this.minNs = isComplete ? minNs : lowerBoundNs(Math.min(...this.buckets))
    this.maxNs = isComplete ? maxNs : lowerBoundNs(Math.max(...this.buckets) + 1)
    return this
  }

  #readSlots(words: Uint32Array, at: number): void {
    const { buckets, counts } = this
    let used = 0
    for (let word = 0; word < slotWords; word += 1) {
      const slot = words[at + word] as number
      const count = slot & 0xffff
      if (count === 0) continue
      buckets[used] = (slot >>> 16) - bucketBias
      counts[used] = count
      used += 1
    }
    // Most have one slot as the one before: to set it anew would cost an array.
    if (buckets.length === used) return
    buckets.length = used
    counts.length = used
  }
}

function lowerBoundNs(bucket: number): number {
  return 2 ** (bucket / 2 ** scale) * 1e9
}
