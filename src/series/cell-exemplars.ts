import type { Attributes, HrTime } from '@opentelemetry/api'
import type { Flow } from '../connection/flow.ts'
import type { Increment } from '../connection/increment.ts'
import type { Responses } from '../connection/responses.ts'
import type { Exemplar } from '../model/points.ts'
import { histogramSlot, histogramSlots } from './columns.ts'

const peerAddress = 'network.peer.address'
/** Of a UDP socket that is not connected. */
const unspecified: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

export interface ExemplarSettings {
  /** Of the series. */
  readonly attributes: Attributes
  /** Bit per histogram slot in use. */
  readonly histograms: number
  /** What values are multiplied by, by histogram slot; absent: 1. */
  readonly scales: ReadonlyMap<number, number> | undefined
  /** Wall clock. */
  readonly now: () => HrTime
}

/**
 * The slowest round trip, connect and answer since the last collection in a series that many peers share, and which peer's
 * it was. A series of a single address has none: it says so itself.
 */
export class CellExemplars {
  readonly #settings: ExemplarSettings
  readonly #slowest = new Array<Exemplar | undefined>(histogramSlots).fill(undefined)

  constructor(settings: ExemplarSettings) {
    this.#settings = settings
  }

  /** @param isActive whether it did anything in the interval */
  observe({ flow, srttUs, connectDurationNs }: Increment, isActive: boolean): void {
    if (isActive && srttUs >= 0) this.#add(histogramSlot.rtt, srttUs / 1e3, flow)
    if (connectDurationNs >= 0)
      this.#add(histogramSlot.connectDuration, connectDurationNs / 1e9, flow)
  }

  responses({ flow, maxNs }: Responses): void {
    this.#add(histogramSlot.responseDuration, maxNs / 1e9, flow)
  }

  /** `undefined` if nothing was seen of which more is to be said. */
  of(slot: number): Exemplar | undefined {
    return this.#slowest[slot]
  }

  absorb(other: CellExemplars): void {
    for (const [slot, theirs] of other.#slowest.entries()) {
      if (theirs !== undefined && this.#isSlower(slot, theirs.value)) this.#slowest[slot] = theirs
    }
  }

  clear(): void {
    this.#slowest.fill(undefined)
  }

  #isSlower(slot: number, value: number): boolean {
    const before = this.#slowest[slot]
    return before === undefined || value > before.value
  }

  #add(slot: number, value: number, flow: Flow): void {
    const { attributes, histograms, scales, now } = this.#settings
    if ((histograms & (1 << slot)) === 0) return
    const inUnit = value * (scales?.get(slot) ?? 1)
    if (!this.#isSlower(slot, inUnit)) return
    const address = flow.reachedAddress ?? flow.remoteAddress
    if (address === attributes[peerAddress] || unspecified.has(address)) return
    this.#slowest[slot] = { time: now(), value: inUnit, attributes: { [peerAddress]: address } }
  }
}
