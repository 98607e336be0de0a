import { parseLabels } from '../wire/prometheus/labels.ts'

export type Label = readonly [name: string, value: string]

/** Labels of so many series are kept; beyond, all are made anew. */
const maxLists = 100_000

/** Labels in the order that remote write asks for, with those that the configuration adds. */
export class LabelLists {
  readonly #external: readonly Label[]
  readonly #lists = new Map<string, readonly Label[]>()

  constructor(external: Readonly<Record<string, string>>) {
    this.#external = Object.entries(external).filter(([, value]) => value !== '')
  }

  /**
   * @param text labels as the room of Prometheus writes them
   * @returns the same list for the same text; a label of its own comes before an external one
   */
  of(text: string): readonly Label[] {
    const known = this.#lists.get(text)
    if (known !== undefined) return known
    if (this.#lists.size >= maxLists) this.#lists.clear()
    const labels = new Map([...this.#external, ...parseLabels(text)])
    const list = [...labels].toSorted(byName)
    this.#lists.set(text, list)
    return list
  }
}

export function withLabel(labels: readonly Label[], added: Label): readonly Label[] {
  return [...labels, added].toSorted(byName)
}

/** Names are ASCII: this is the order of their bytes. */
export function byName([one]: Label, [other]: Label): number {
  return one < other ? -1 : Number(one > other)
}
