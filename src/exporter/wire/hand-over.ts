import type { Signal } from '../../model/signal.ts'

/** Where batches are put together that cannot go on yet, so that none is dropped. */
export interface Hold<Batch> {
  /** Items held. */
  readonly points: number
  /** @param batch newer than all that is held */
  add(batch: Batch): void
  /** All that is held, which is then let go; `undefined` if that is nothing. */
  take(): Batch | undefined
}

export interface HandOverSettings<Batch> {
  readonly signal: Signal<Batch>
  /** Data points or log records that may wait; older ones give way. The newest batch is taken whatever its size. */
  readonly maxItems: number
  /** Works on one batch at a time, in order. */
  readonly work: (batch: Batch) => Promise<void>
  readonly onDropped: (items: number) => void
  /** The work threw: something in this batch cannot be encoded. */
  readonly onFailed: (items: number, error: unknown) => void
  /** Without it the oldest are dropped. */
  readonly hold?: Hold<Batch> | undefined
  /** Whether the work waits for something that may take long. */
  readonly isStalled?: () => boolean
}

/** How long the work may take before nobody waits for it: a backend or a disk has it wait. */
const PATIENCE_MS = 1000

/**
 * Where `consume`, which may not block, leaves a batch for an exporter's slower work. Bounded: when the work falls
 * behind, waiting batches are put together in `hold`, or without one the oldest are dropped.
 */
export class HandOver<Batch> {
  readonly #settings: HandOverSettings<Batch>
  #waiting: Batch[] = []
  #items = 0
  #running: Promise<void> | undefined
  #isSlow = false

  constructor(settings: HandOverSettings<Batch>) {
    this.#settings = settings
  }

  offer(batch: Batch): void {
    this.#waiting.push(batch)
    this.#items += this.#sizeOf(batch)
    if (this.#settings.hold === undefined) this.#dropOldest()
    else this.#holdBack(this.#settings.hold)
    this.#running ??= this.#run()
  }

  #dropOldest(): void {
    while (this.#isOver && this.#waiting.length > 1) {
      const oldest = this.#take()
      if (oldest !== undefined) this.#settings.onDropped(this.#sizeOf(oldest))
    }
  }

  #holdBack(hold: Hold<Batch>): void {
    if (!this.#isOver && this.#settings.isStalled?.() !== true) return
    if (this.#waiting.length + Math.min(hold.points, 1) < 2) return
    for (const batch of this.#waiting) hold.add(batch)
    this.#waiting = []
    this.#items = 0
  }

  get #isOver(): boolean {
    return this.#items > this.#settings.maxItems
  }

  /** Resolves when everything that was offered is worked off, or the work waits for something. */
  async caughtUp(): Promise<void> {
    const running = this.#running
    if (running === undefined || this.#isSlow || this.#settings.isStalled?.() === true) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        // Nobody waits again before the work has caught up.
        this.#isSlow = this.#running !== undefined
        resolve()
      }, PATIENCE_MS)
    })
    await Promise.race([running, late])
    clearTimeout(timer)
  }

  /** Resolves when everything that was offered is worked off. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    // The caller goes on first: nothing is encoded within its turn.
    await Promise.resolve()
    for (let batch = this.#take(); batch !== undefined; batch = this.#take()) {
      try {
        await this.#settings.work(batch)
      } catch (error) {
        this.#settings.onFailed(this.#sizeOf(batch), error)
      }
    }
    this.#running = undefined
    this.#isSlow = false
  }

  /** What is held is older than what waits. */
  #take(): Batch | undefined {
    const held = this.#settings.hold?.take()
    if (held !== undefined) return held
    const batch = this.#waiting.shift()
    if (batch !== undefined) this.#items -= this.#sizeOf(batch)
    return batch
  }

  #sizeOf(batch: Batch): number {
    return this.#settings.signal.sizeOf(batch)
  }
}
