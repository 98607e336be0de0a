/** What is kept of the labels of a container. */
export interface ChosenLabels {
  readonly labels: ReadonlyMap<string, string>
  readonly shownLabels: ReadonlySet<string>
}

/** They tell whose the container is: needed inside, whatever is to be shown. */
const needed = ['com.docker.compose.', 'com.docker.swarm.', 'io.kubernetes.']

const maxLabels = 64
const maxKey = 256
const maxValue = 1024
const maxTotal = 16 * 1024

/** Chooses labels. They are foreign text, so their number and length are bounded: one that is too long is left out whole. */
export class LabelChoice {
  readonly #exact = new Set<string>()
  readonly #prefixes: string[] = []
  /** Labels that were too long or too many. */
  leftOut = 0

  /** @param shown keys; one that ends with `*` stands for all that begin so */
  constructor(shown: readonly string[] = []) {
    for (const key of shown) {
      if (key.endsWith('*')) this.#prefixes.push(key.slice(0, -1))
      else this.#exact.add(key)
    }
  }

  choose(labels: Iterable<readonly [string, unknown]>): ChosenLabels {
    const kept = new Map<string, string>()
    const shownLabels = new Set<string>()
    let total = 0
    for (const [key, value] of labels) {
      if (typeof value !== 'string') continue
      const isShown = this.#isShown(key)
      if (!isShown && !needed.some((prefix) => key.startsWith(prefix))) continue
      total += key.length + value.length
      if (
        key.length > maxKey ||
        value.length > maxValue ||
        total > maxTotal ||
        kept.size >= maxLabels
      ) {
        this.leftOut += 1
        total -= key.length + value.length
        continue
      }
      kept.set(key.toWellFormed(), value.toWellFormed())
      if (isShown) shownLabels.add(key.toWellFormed())
    }
    return { labels: kept, shownLabels }
  }

  #isShown(key: string): boolean {
    return this.#exact.has(key) || this.#prefixes.some((prefix) => key.startsWith(prefix))
  }
}
