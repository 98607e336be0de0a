import { Message } from '../wire/prometheus/message.ts'
import { unitSuffix } from '../wire/prometheus/units.ts'
import type { Label } from './label-lists.ts'
import { metadataTypes, type RequestBody } from './request-body.ts'
import { writeSample } from './sample-message.ts'
import type { Family, Sample } from './series.ts'

const fields = { samples: 2, histograms: 4, hasStart: false }

interface Encoded {
  /** Labels that stand before `__name__`. */
  readonly before: Uint8Array
  readonly after: Uint8Array
}

/** Encoded once for a series and not once for an interval. */
const encoded = new WeakMap<readonly Label[], Encoded>()

/** `prometheus.WriteRequest`, of remote write 1.0. */
export class RequestV1 implements RequestBody {
  readonly #hasMetadata: boolean
  readonly #message = new Message(64 * 1024)
  readonly #series = new Message(1024)
  readonly #described = new Set<string>()

  constructor({ hasMetadata }: { readonly hasMetadata: boolean }) {
    this.#hasMetadata = hasMetadata
  }

  get length(): number {
    return this.#message.length
  }

  add(sample: Sample, maxBytes: number): boolean {
    const series = this.#series
    series.clear()
    series.nested(1, () => {
      const { before, after } = labelsOf(sample.labels)
      series.raw(before)
      writeLabel(series, '__name__', sample.name)
      series.raw(after)
      writeSample(series, sample, fields)
    })
    const { family } = sample
    const isNew = this.#hasMetadata && !this.#described.has(family.name)
    if (isNew) writeMetadata(series, family)
    if (this.length + series.length > maxBytes) return false
    if (isNew) this.#described.add(family.name)
    this.#message.append(series)
    return true
  }

  toBytes(): Uint8Array {
    return this.#message.toBytes()
  }
}

function labelsOf(labels: readonly Label[]): Encoded {
  const known = encoded.get(labels)
  if (known !== undefined) return known
  const bytes = (wanted: readonly Label[]) => {
    const message = new Message(512)
    for (const [name, value] of wanted) writeLabel(message, name, value)
    return message.toBytes()
  }
  const made = {
    before: bytes(labels.filter(([name]) => name < '__name__')),
    after: bytes(labels.filter(([name]) => name > '__name__')),
  }
  encoded.set(labels, made)
  return made
}

function writeLabel(message: Message, name: string, value: string): void {
  message.nested(1, () => {
    message.string(1, name)
    message.string(2, value)
  })
}

function writeMetadata(message: Message, { name, type, unit, help }: Family): void {
  message.nested(3, () => {
    message.unsigned(1, metadataTypes[type])
    message.string(2, name)
    if (help !== '') message.string(4, help)
    const suffix = unitSuffix(unit)
    if (suffix !== '') message.string(5, suffix)
  })
}
