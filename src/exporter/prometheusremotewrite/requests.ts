import type { WireRequest, WriteSettings } from '../wire/requests.ts'
import type { RequestBody } from './request-body.ts'
import type { Sample } from './series.ts'

/** Puts samples into requests of a limited size, each of one turn. */
export class Requests {
  readonly #createBody: () => RequestBody
  readonly #settings: WriteSettings
  readonly #finished: WireRequest[] = []
  #body: RequestBody
  #itemsOfSeries: number[] = []
  #turn = 0

  constructor(createBody: () => RequestBody, settings: WriteSettings) {
    this.#createBody = createBody
    this.#settings = settings
    this.#body = createBody()
  }

  /** @param items how many data points that is: 1, or 0 for what is none of them */
  add(samples: readonly Sample[], items: 0 | 1, turn: number): void {
    if (turn !== this.#turn) this.finish()
    this.#turn = turn
    let isWhole = true
    for (const sample of samples) isWhole = this.#addOne(sample) && isWhole
    // Of a point that is several series, it counts with the last.
    if (isWhole) this.#itemsOfSeries[this.#itemsOfSeries.length - 1] = items
    else if (items > 0) this.#settings.onTooLarge(items)
  }

  finish(): void {
    if (this.#itemsOfSeries.length === 0) return
    const itemsOfParts = Uint8Array.from(this.#itemsOfSeries)
    const items = itemsOfParts.reduce((sum, one) => sum + one, 0)
    this.#finished.push({ body: this.#body.toBytes(), items, turn: this.#turn, itemsOfParts })
    this.#body = this.#createBody()
    this.#itemsOfSeries = []
  }

  async hand(): Promise<void> {
    for (const request of this.#finished.splice(0)) await this.#settings.onRequest(request)
  }

  #addOne(sample: Sample): boolean {
    const { maxRequestBytes } = this.#settings
    if (!this.#body.add(sample, maxRequestBytes)) {
      this.finish()
      if (!this.#body.add(sample, maxRequestBytes)) return false
    }
    this.#itemsOfSeries.push(0)
    return true
  }
}
