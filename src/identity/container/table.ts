import type { ContainerDirectory, ContainerFacts } from './directory.ts'

/** Who tells of containers: one runtime. */
export interface Teller {
  readonly path: string
}

interface Kept {
  readonly facts: ContainerFacts
  readonly teller: Teller
  /** `undefined` while it is there. */
  readonly endedMs: number | undefined
}

export interface TableSettings {
  /** Most containers that are kept. Default 8192. */
  readonly limit?: number
  /** Milliseconds of a monotonic clock. */
  readonly clock?: () => number
}

/** Late records of a container that has ended still find it. */
const keepEndedMs = 60_000

/** What all runtimes told, bounded: beyond the limit the one told of longest ago goes, an ended one first. */
export class ContainerTable implements ContainerDirectory {
  readonly #limit: number
  readonly #clock: () => number
  readonly #running = new Map<string, Kept>()
  /** The one that ended first is first. */
  readonly #ended = new Map<string, Kept>()
  #epoch = 0
  #leftOut = 0

  constructor({ limit = 8192, clock = () => performance.now() }: TableSettings = {}) {
    this.#limit = limit
    this.#clock = clock
  }

  get epoch(): number {
    return this.#epoch
  }

  get size(): number {
    return this.#running.size + this.#ended.size
  }

  /** Containers that went because there were too many. */
  get leftOut(): number {
    return this.#leftOut
  }

  find(containerId: string): ContainerFacts | undefined {
    const running = this.#running.get(containerId)
    if (running !== undefined) return running.facts
    this.#forgetEnded()
    return this.#ended.get(containerId)?.facts
  }

  put(facts: ContainerFacts, teller: Teller): void {
    const before = this.#running.get(facts.id) ?? this.#ended.get(facts.id)
    this.#running.delete(facts.id)
    this.#ended.delete(facts.id)
    this.#running.set(facts.id, { facts, teller, endedMs: undefined })
    if (before === undefined || textOf(before.facts) !== textOf(facts)) this.#epoch += 1
    this.#forgetEnded()
    if (this.size > this.#limit) this.#evict()
  }

  /** It is kept for a minute. */
  end(containerId: string): void {
    const known = this.#running.get(containerId)
    if (known === undefined) return
    this.#running.delete(containerId)
    this.#ended.set(containerId, { ...known, endedMs: this.#clock() })
    this.#forgetEnded()
  }

  /** Like {@link end}, also of one that was not told of before. */
  putEnded(facts: ContainerFacts, teller: Teller): void {
    if (!this.#running.has(facts.id) && !this.#ended.has(facts.id)) this.put(facts, teller)
    this.end(facts.id)
  }

  /** Ends those of a teller that it does not know any more. */
  keepOnly(containerIds: ReadonlySet<string>, teller: Teller): void {
    for (const [id, kept] of this.#running) {
      if (kept.teller === teller && !containerIds.has(id)) this.end(id)
    }
  }

  #forgetEnded(): void {
    const oldest = this.#clock() - keepEndedMs
    for (const [id, { endedMs = 0 }] of this.#ended) {
      if (endedMs > oldest) return
      this.#ended.delete(id)
      this.#epoch += 1
    }
  }

  #evict(): void {
    const from = this.#ended.size > 0 ? this.#ended : this.#running
    const first = from.keys().next()
    if (first.done === true) return
    from.delete(first.value)
    this.#leftOut += 1
    this.#epoch += 1
  }
}

function textOf({ labels, shownLabels, ...rest }: ContainerFacts): string {
  return JSON.stringify([rest, [...labels], [...(shownLabels ?? [])]])
}
