import { Message } from '../wire/prometheus/message.ts'
import { unitSuffix } from '../wire/prometheus/units.ts'
import { byName, type Label } from './label-lists.ts'
import { metadataTypes, type RequestBody } from './request-body.ts'
import { writeSample } from './sample-message.ts'
import type { Sample } from './series.ts'

const fields = { samples: 2, histograms: 3, hasStart: true }

/** Of a symbol, what its field needs beside its bytes. */
const SYMBOL_OVERHEAD = 6

/** `io.prometheus.write.v2.Request`, of remote write 2.0: each text stands in it once. */
export class RequestV2 implements RequestBody {
  readonly #message = new Message(64 * 1024)
  readonly #series = new Message(1024)
  /** The first is the empty text: the specification wants it so. */
  readonly #symbols = new Map<string, number>([['', 0]])
  #symbolBytes = SYMBOL_OVERHEAD

  /** At most; symbols are counted generously. */
  get length(): number {
    return this.#message.length + this.#symbolBytes
  }

  add(sample: Sample, maxBytes: number): boolean {
    const symbolsBefore = this.#symbols.size
    const bytesBefore = this.#symbolBytes
    this.#series.clear()
    this.#series.nested(5, () => this.#write(sample))
    if (this.length + this.#series.length <= maxBytes) {
      this.#message.append(this.#series)
      return true
    }
    for (const symbol of [...this.#symbols.keys()].slice(symbolsBefore)) {
      this.#symbols.delete(symbol)
    }
    this.#symbolBytes = bytesBefore
    return false
  }

  toBytes(): Uint8Array {
    const symbols = new Message(this.#symbolBytes)
    for (const symbol of this.#symbols.keys()) symbols.string(4, symbol)
    return Buffer.concat([symbols.toBytes(), this.#message.toBytes()])
  }

  #write(sample: Sample): void {
    const { name, family } = sample
    const refs: number[] = []
    for (const label of named(sample.labels, name))
      refs.push(...label.map((text) => this.#ref(text)))
    const series = this.#series
    series.packedUnsigned(1, refs)
    writeSample(series, sample, fields)
    series.nested(5, () => {
      series.unsigned(1, metadataTypes[family.type])
      if (family.help !== '') series.unsigned(3, this.#ref(family.help))
      const unit = unitSuffix(family.unit)
      if (unit !== '') series.unsigned(4, this.#ref(unit))
    })
  }

  #ref(text: string): number {
    const known = this.#symbols.get(text)
    if (known !== undefined) return known
    const ref = this.#symbols.size
    this.#symbols.set(text, ref)
    this.#symbolBytes += Buffer.byteLength(text) + SYMBOL_OVERHEAD
    return ref
  }
}

function named(labels: readonly Label[], name: string): readonly Label[] {
  const label: Label = ['__name__', name]
  const at = labels.findIndex((other) => byName(label, other) < 0)
  return at < 0 ? [...labels, label] : labels.toSpliced(at, 0, label)
}
