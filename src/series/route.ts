import type { Resource } from '@opentelemetry/resources'
import type { Cell } from './cell.ts'
import type { Subject } from './instruments.ts'
import type { Owner } from './owners.ts'
import type { SeriesAttributes } from './view.ts'

export interface RouteSettings {
  readonly key: string
  readonly subject: Subject
  readonly owner: Owner
  readonly attributes: SeriesAttributes
  readonly cells: readonly Cell[]
  readonly isKept: boolean
  /** Stands for all that is not even watched. */
  readonly isOverflow?: boolean
}

/**
 * The way of one process and attribute set to the series it is counted in, pinned to the flows that have them.
 * Where it leads may change (its resource, into and out of the overflow); the flows need not know.
 */
export class Route {
  readonly key: string
  readonly subject: Subject
  readonly owner: Owner
  readonly attributes: SeriesAttributes
  /** One for each view that reports its subject. */
  cells: readonly Cell[]
  /** Whose the cells are. */
  resource: Resource
  /** It has series of its own. Otherwise its cells are those of the overflow. */
  isKept: boolean
  readonly #isOverflow: boolean
  /** In the store that took over. */
  #successor: Route | undefined
  /** A flow that has it must ask again: the store no longer knows it, or could do better now. */
  isStale = false
  /**
   * Connections opened less those ended, as counted here. Below 0 within an interval where ends were reported before
   * beginnings, or where beginnings were counted in the overflow.
   */
  open = 0
  /** What it is worth by what happened since the last collection: bytes, for example. */
  gain = 0
  wasTouched = false
  /** A flow got another name since it was last touched: with none left it is over. */
  isLeft = false
  /** Gains of the intervals, each worth half of the next: what decides who is kept. */
  weight = 0
  /** Monotonic ms of the last collection that saw anything of it. */
  touchedMs = Number.NEGATIVE_INFINITY

  constructor(settings: RouteSettings) {
    this.key = settings.key
    this.subject = settings.subject
    this.owner = settings.owner
    this.attributes = settings.attributes
    this.cells = settings.cells
    this.resource = settings.owner.resource
    this.isKept = settings.isKept
    this.#isOverflow = settings.isOverflow ?? false
  }

  /** Itself, or what stands for it in the store that took over from its own. */
  get current(): Route {
    return this.#successor?.current ?? this
  }

  /** Whether any of its series was. */
  get wasReported(): boolean {
    return this.cells.some((cell) => cell.wasReported)
  }

  /** Ends the interval for what decides about its life. */
  roll(nowMs: number): void {
    this.weight = this.weight / 2 + this.gain
    this.gain = 0
    if (this.wasTouched) this.touchedMs = nowMs
    if (this.wasTouched) this.isLeft = false
    this.wasTouched = false
  }

  /**
   * Connections that are open now go on under another one; what was counted stays.
   *
   * @param most of one flow: it may have more than are counted here
   * @returns how many
   */
  moveOpen(most: number, to: Route): number {
    const open = Math.max(0, Math.min(most, this.#countedOpen))
    this.open -= open
    this.moveActive(-open)
    to.open += open
    to.moveActive(open)
    this.isLeft = true
    return open
  }

  /** Of the overflow's cells more may have been taken than this one knows. */
  get #countedOpen(): number {
    if (this.isKept) return this.open
    const shared = this.cells[0]?.active ?? 0
    return this.#isOverflow ? shared : Math.min(this.open, shared)
  }

  /** Another one, of the store that took over, stands for it: it is not counted by any more. */
  giveOver(to: Route): void {
    this.#successor = to
    this.cells = []
  }

  /** Goes on as one of another store. */
  takeOver(other: Route): void {
    this.weight += other.weight
    this.touchedMs = Math.max(this.touchedMs, other.touchedMs)
    const open = Math.max(other.open, 0)
    this.open += open
    this.moveActive(open)
  }

  moveActive(by: number): void {
    for (const cell of this.cells) cell.moveActive(by)
  }
}
