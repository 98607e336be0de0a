import { parseLabels } from '../wire/prometheus/labels.ts'
import type { Family } from './families.ts'

export type Label = readonly [name: string, value: string]

/** Finished bytes of labels. */
export interface Around {
  /** Whose bytes these are: a request has its own where they refer to it. */
  readonly owner: object
  readonly before: Uint8Array
  readonly after: Uint8Array
}

/** The labels of a series but for its name: the same object each time, with what is made of them. */
export class LabelSet {
  /** In order, those that stand before `__name__` and the others. */
  readonly beforeName: readonly Label[]
  readonly afterName: readonly Label[]
  around: Around | undefined
  /** Of {@link times}. */
  turn = -1
  #times: number[] = []
  #bounds: Map<string, LabelSet> | undefined

  constructor(labels: readonly Label[]) {
    const sorted = labels.toSorted(byName)
    this.beforeName = sorted.filter(([name]) => name < '__name__')
    this.afterName = sorted.filter(([name]) => name > '__name__')
  }

  /** When the series of a family was in a turn, in ms. */
  timeOf(family: Family, turn: number): number | undefined {
    return this.turn === turn ? this.#times[family.index] : undefined
  }

  setTime(family: Family, turn: number, timeMs: number): void {
    if (this.turn !== turn) this.#times = []
    this.turn = turn
    this.#times[family.index] = timeMs
  }

  /** Those of a bucket. @param le its upper bound */
  withBound(le: string): LabelSet {
    const known = this.#bounds?.get(le)
    if (known !== undefined) return known
    const set = new LabelSet([...this.beforeName, ...this.afterName, ['le', le]])
    this.#bounds ??= new Map()
    this.#bounds.set(le, set)
    return set
  }
}

/** So many are kept from one turn to the next. */
const mostKept = 100_000

/** Labels in the order that remote write asks for, with those that the configuration adds. */
export class LabelSets {
  readonly #external: readonly Label[]
  readonly #mostKept: number
  readonly #sets = new Map<string, LabelSet>()

  constructor(external: Readonly<Record<string, string>>, most = mostKept) {
    this.#external = Object.entries(external).filter(([, value]) => value !== '')
    this.#mostKept = most
  }

  /**
   * @param text labels as the room of Prometheus writes them
   * @returns the same set for the same text; a label of its own comes before an external one
   */
  of(text: string): LabelSet {
    const known = this.#sets.get(text)
    if (known !== undefined) return known
    const labels = new Map([...this.#external, ...parseLabels(text)])
    const set = new LabelSet([...labels])
    this.#sets.set(text, set)
    return set
  }

  /** Forgets those that were not in a turn that is over, where there are too many. */
  sweep(turn: number): void {
    if (this.#sets.size <= this.#mostKept) return
    for (const [text, set] of this.#sets) if (set.turn < turn) this.#sets.delete(text)
  }
}

/** Names are ASCII: this is the order of their bytes. */
function byName([one]: Label, [other]: Label): number {
  return one < other ? -1 : Number(one > other)
}
