import type { HrTime } from '@opentelemetry/api'
import type { DataPoint } from '@opentelemetry/sdk-metrics'
import { addUp, type Merging } from './merge-points.ts'

type Point = DataPoint<unknown>

interface Total {
  /** Of each series that goes into it the last point, those that are gone among them. */
  readonly last: Map<string, Point>
  /** What series had counted that began anew. */
  ended: Point | undefined
  startTime: HrTime
  touched: number
}

/** Series that are remembered; more than a receiver may have by far. */
const mostSeries = 200_000
/** Collections after which a total is forgotten that nothing was added to. */
const keptFor = 60

/**
 * Totals that are sums of others. What a series has counted stays in the sum when it is gone, or begins anew: a total
 * never falls.
 */
export class Totals {
  readonly #totals = new Map<string, Total>()
  #series = 0
  #turn = 0

  get isEmpty(): boolean {
    return this.#totals.size === 0
  }

  /** Whether there is a total of that name: then even a single series goes into it. */
  has(key: string): boolean {
    return this.#totals.has(key)
  }

  /** A collection has been gone through. */
  roll(): void {
    this.#turn += 1
    for (const [key, { touched, last }] of this.#totals) {
      if (this.#turn - touched <= keptFor) continue
      this.#totals.delete(key)
      this.#series -= last.size
    }
  }

  /**
   * @param points by the name of their series; at least one
   * @returns `undefined` if they cannot be one, or there is no room
   */
  add(key: string, points: ReadonlyMap<string, Point>, merging: Merging): Point | undefined {
    const [first] = points.values()
    if (first === undefined) return undefined
    const total = this.#totals.get(key) ?? {
      last: new Map<string, Point>(),
      ended: undefined,
      startTime: first.startTime,
      touched: this.#turn,
    }
    const added = [...points.keys()].filter((series) => !total.last.has(series)).length
    if (this.#series + added > mostSeries) return undefined
    for (const [series, point] of points) {
      const before = total.last.get(series)
      const isNew = before !== undefined && before.startTime.join() !== point.startTime.join()
      if (isNew) {
        total.ended = total.ended === undefined ? before : addUp([total.ended, before], merging)
      }
      total.last.set(series, point)
    }
    const parts = [...(total.ended === undefined ? [] : [total.ended]), ...total.last.values()]
    const whole = addUp(parts, merging)
    if (whole === undefined) return undefined
    this.#totals.set(key, total)
    this.#series += added
    total.touched = this.#turn
    return { ...whole, attributes: first.attributes }
  }
}
