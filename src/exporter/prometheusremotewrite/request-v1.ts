import { writeLabelsAndValue } from '../wire/prometheus/exemplar-message.ts'
import { Message } from '../wire/prometheus/message.ts'
import type { Family } from './families.ts'
import type { Around, Label, LabelSet } from './label-sets.ts'
import { HEAD_BYTES, metadataTypes, type RequestBody } from './request-body.ts'
import { writeSample } from './sample-message.ts'
import { milliseconds, type Sample } from './series.ts'

/** Of its repeated fields, the one that holds series. */
export const SERIES_FIELD_V1 = 1

const EXEMPLARS_FIELD = 3
const fields = { samples: 2, histograms: 4, hasStart: false }
/** Labels are the same bytes in each request. */
const everyRequest = {}

/** `prometheus.WriteRequest`, of remote write 1.0. */
export class RequestV1 implements RequestBody {
  readonly #hasMetadata: boolean
  readonly #message = new Message(64 * 1024)
  readonly #value = new Message(256)
  readonly #metadata = new Message(256)
  readonly #names = new Map<string, Uint8Array>()
  readonly #described = new Set<string>()

  constructor({ hasMetadata }: { readonly hasMetadata: boolean }) {
    this.#hasMetadata = hasMetadata
  }

  get length(): number {
    return this.#message.length
  }

  add(sample: Sample, maxBytes: number): boolean {
    const { before, after } = aroundOf(sample.labels)
    const name = this.#nameOf(sample.name)
    const value = this.#value
    value.clear()
    writeSample(value, sample, fields)
    for (const exemplar of sample.exemplars ?? []) {
      value.nested(EXEMPLARS_FIELD, () => {
        writeLabelsAndValue(value, exemplar)
        value.unsigned(3, milliseconds(exemplar.time))
      })
    }
    const length = before.length + name.length + after.length + value.length
    this.#describe(sample.family)
    if (this.length + HEAD_BYTES + length + this.#metadata.length > maxBytes) return false
    const message = this.#message
    message.open(SERIES_FIELD_V1, length)
    message.raw(before)
    message.raw(name)
    message.raw(after)
    message.append(value)
    if (this.#metadata.length > 0) {
      message.append(this.#metadata)
      this.#described.add(sample.family.name)
    }
    return true
  }

  toBytes(): Uint8Array {
    return this.#message.toBytes()
  }

  #nameOf(name: string): Uint8Array {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    const bytes = labelBytes([['__name__', name]])
    this.#names.set(name, bytes)
    return bytes
  }

  /** Leaves nothing of a family that the request has described. */
  #describe({ name, type, unitSuffix: unit, help }: Family): void {
    const metadata = this.#metadata
    metadata.clear()
    if (!this.#hasMetadata || this.#described.has(name)) return
    metadata.nested(3, () => {
      metadata.unsigned(1, metadataTypes[type])
      metadata.string(2, name)
      if (help !== '') metadata.string(4, help)
      if (unit !== '') metadata.string(5, unit)
    })
  }
}

function aroundOf(set: LabelSet): Around {
  if (set.around?.owner === everyRequest) return set.around
  const around = {
    owner: everyRequest,
    before: labelBytes(set.beforeName),
    after: labelBytes(set.afterName),
  }
  set.around = around
  return around
}

function labelBytes(labels: readonly Label[]): Uint8Array {
  const message = new Message(512)
  for (const [name, value] of labels) {
    message.nested(1, () => {
      message.string(1, name)
      message.string(2, value)
    })
  }
  return message.toBytes()
}
