import type { WireRequest, WriteSettings } from '../wire/requests.ts'
import type { RequestBody } from './request-body.ts'
import type { Sample } from './series.ts'

/** Puts samples into requests of a limited size, each of one turn. */
export class Requests {
  readonly #createBody: () => RequestBody
  readonly #settings: WriteSettings
  readonly #finished: WireRequest[] = []
  #body: RequestBody
  #isEmpty = true
  #items = 0
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
    if (isWhole) this.#items += items
    else if (items > 0) this.#settings.onTooLarge(items)
  }

  finish(): void {
    if (this.#isEmpty) return
    this.#finished.push({ body: this.#body.toBytes(), items: this.#items, turn: this.#turn })
    this.#body = this.#createBody()
    this.#items = 0
    this.#isEmpty = true
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
    this.#isEmpty = false
    return true
  }
}
