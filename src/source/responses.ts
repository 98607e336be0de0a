import type { Flow } from '../connection/flow.ts'
import type { Responses } from '../connection/responses.ts'
import { type ResponseRecord, responseBounds } from '../generated/records.ts'

const scale = responseBounds.RESPONSE_SCALE
/** What bpf/responses.h adds to a bucket's index. */
const bucketBias = 0x4000

/** What a record of response times says. */
export function readResponses(record: ResponseRecord, flow: Flow): Responses {
  const { buffer, byteOffset, byteLength } = record.slots
  const buckets: number[] = []
  const counts: number[] = []
  for (const slot of new Uint32Array(buffer, byteOffset, byteLength >> 2)) {
    const count = slot & 0xffff
    if (count === 0) continue
    buckets.push((slot >>> 16) - bucketBias)
    counts.push(count)
  }
  const { durationMin: minNs, durationMax: maxNs, durationSum: sumNs } = record
  // A value that was being counted when the record was made is in a bucket, and not yet in these.
  const isComplete = minNs > 0 && maxNs > 0
  return {
    flow,
    sumNs,
    minNs: isComplete ? minNs : lowerBoundNs(Math.min(...buckets)),
    maxNs: isComplete ? maxNs : lowerBoundNs(Math.max(...buckets) + 1),
    scale,
    buckets,
    counts,
  }
}

function lowerBoundNs(bucket: number): number {
  return 2 ** (bucket / 2 ** scale) * 1e9
}
