import { exemplarLabels } from '../wire/prometheus/exemplar-labels.ts'
import { Message, varintLength } from '../wire/prometheus/message.ts'
import type { Family } from './families.ts'
import type { Around, LabelSet } from './label-sets.ts'
import { HEAD_BYTES, metadataTypes, type RequestBody } from './request-body.ts'
import { writeSample } from './sample-message.ts'
import { milliseconds, type Sample } from './series.ts'
import { Symbols } from './symbols.ts'

/** Of its repeated fields, the one that holds series. */
export const SERIES_FIELD_V2 = 5

const LABELS_FIELD = 1
const EXEMPLARS_FIELD = 4
const METADATA_FIELD = 5
const fields = { samples: 2, histograms: 3, hasStart: true }

/** `io.prometheus.write.v2.Request`, of remote write 2.0: each text stands in it once. */
export class RequestV2 implements RequestBody {
  readonly #message = new Message(64 * 1024)
  readonly #value = new Message(256)
  readonly #symbols = new Symbols()
  /** What refers to symbols, by name and by family. */
  readonly #names = new Map<string, Uint8Array>()
  readonly #metadata = new Map<Family, Uint8Array>()

  /** At most; symbols are counted generously. */
  get length(): number {
    return this.#message.length + this.#symbols.length
  }

  add(sample: Sample, maxBytes: number): boolean {
    const mark = this.#symbols.mark()
    const { before, after } = this.#aroundOf(sample.labels)
    const name = this.#nameOf(sample.name)
    const metadata = this.#metadataOf(sample.family)
    const value = this.#value
    value.clear()
    writeSample(value, sample, fields)
    for (const exemplar of sample.exemplars ?? []) {
      const ofExemplar = this.#symbols.refs([...exemplarLabels(exemplar)])
      value.nested(EXEMPLARS_FIELD, () => {
        value.open(LABELS_FIELD, ofExemplar.length)
        value.raw(ofExemplar)
        value.double(2, exemplar.value)
        value.unsigned(3, milliseconds(exemplar.time))
      })
    }
    const refs = before.length + name.length + after.length
    const length = 1 + varintLength(refs) + refs + value.length + metadata.length
    if (this.length + HEAD_BYTES + length > maxBytes) {
      if (this.#symbols.undo(mark)) this.#forget(sample)
      return false
    }
    const message = this.#message
    message.open(SERIES_FIELD_V2, length)
    message.open(LABELS_FIELD, refs)
    message.raw(before)
    message.raw(name)
    message.raw(after)
    message.append(value)
    message.raw(metadata)
    return true
  }

  toBytes(): Uint8Array {
    return Buffer.concat([this.#symbols.toBytes(), this.#message.toBytes()])
  }

  /** It refers to symbols that are none any more. */
  #forget({ labels, name, family }: Sample): void {
    labels.around = undefined
    this.#names.delete(name)
    this.#metadata.delete(family)
  }

  #aroundOf(set: LabelSet): Around {
    if (set.around?.owner === this) return set.around
    const around = {
      owner: this,
      before: this.#symbols.refs(set.beforeName),
      after: this.#symbols.refs(set.afterName),
    }
    set.around = around
    return around
  }

  #nameOf(name: string): Uint8Array {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    const bytes = this.#symbols.refs([['__name__', name]])
    this.#names.set(name, bytes)
    return bytes
  }

  #metadataOf(family: Family): Uint8Array {
    const known = this.#metadata.get(family)
    if (known !== undefined) return known
    const { type, help, unitSuffix: unit } = family
    const message = new Message(16)
    message.nested(METADATA_FIELD, () => {
      message.unsigned(1, metadataTypes[type])
      if (help !== '') message.unsigned(3, this.#symbols.ref(help))
      if (unit !== '') message.unsigned(4, this.#symbols.ref(unit))
    })
    const bytes = message.toBytes()
    this.#metadata.set(family, bytes)
    return bytes
  }
}
