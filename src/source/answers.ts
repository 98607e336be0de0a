import { AnswerRecord, recordKind } from '../generated/records.ts'
import type { Tracer } from './addon.ts'
import type { Sink } from './source.ts'

/** 2,000 answers, or more: a power of two. */
export const answerRingBytes: number = 512 << 10
/** Some 200 answers. */
const bufferBytes = 64 << 10
/** All of a record but its message. */
const headBytes =
  AnswerRecord.size - new AnswerRecord(new Uint32Array(AnswerRecord.size >> 2)).message.length
/** The tracer stops when a record may not fit any more. */
const largestRecord = 2048

/** Hands on the answers of DNS that wait in their ring. */
export class Answers {
  readonly #record: AnswerRecord
  readonly #words: Uint32Array
  readonly #bytes = new Uint8Array(bufferBytes)
  read = 0
  unknown = 0

  constructor() {
    this.#words = new Uint32Array(this.#bytes.buffer)
    this.#record = new AnswerRecord(this.#words)
  }

  /** All that wait: no more than the ring holds, and what comes meanwhile. */
  drain(tracer: Pick<Tracer, 'drainAnswers'>, sink: Sink): void {
    for (;;) {
      const length = tracer.drainAnswers(this.#bytes)
      this.#decode(length, sink)
      if (length <= bufferBytes - largestRecord) return
    }
  }

  #decode(length: number, sink: Sink): void {
    const record = this.#record
    for (let at = 0; length - at >= headBytes; ) {
      record.at = at >> 2
      const end = at + record.size
      if (record.kind !== recordKind.RECORD_ANSWER || !isWhole(record) || end > length) {
        this.unknown += 1
        return
      }
      sink.answer?.({
        pid: record.pid,
        startTime: record.processStartTime,
        netns: record.netns,
        message: record.message.subarray(0, record.length),
        isCut: record.isCut === 1,
      })
      this.read += 1
      at = end
    }
  }
}

function isWhole({ size, length }: AnswerRecord): boolean {
  return size <= AnswerRecord.size && size % 8 === 0 && headBytes + length <= size
}
