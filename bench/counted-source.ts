import type { Increment } from '../src/connection/increment.ts'
import { EbpfSource } from '../src/source/ebpf.ts'
import type { EbpfSettings } from '../src/source/ebpf-settings.ts'

const counted = [
  'bytesTx',
  'bytesRx',
  'pktsTx',
  'pktsRx',
  'pktsRetr',
  'opened',
  'closed',
  'failed',
  'active',
] as const satisfies readonly (keyof Increment)[]

/** Sums of increments, and how many there were. */
export type Counts = Record<(typeof counted)[number] | 'increments', number>

export function zeroCounts(): Counts {
  return {
    increments: 0,
    bytesTx: 0,
    bytesRx: 0,
    pktsTx: 0,
    pktsRx: 0,
    pktsRetr: 0,
    opened: 0,
    closed: 0,
    failed: 0,
    active: 0,
  }
}

const drainEveryMs = 50

/** The kernel part alone: an ebpf source whose increments are only counted, by network namespace. */
export class CountedSource implements AsyncDisposable {
  readonly source: EbpfSource
  readonly #byNetns = new Map<number, Counts>()
  readonly #timer: NodeJS.Timeout

  private constructor(source: EbpfSource) {
    this.source = source
    this.#timer = setInterval(() => this.#drain(), drainEveryMs)
  }

  /** @param tellsEnds whether the kernel tells of each connection at its end, as for close records */
  static async start(settings: EbpfSettings = {}, tellsEnds = false): Promise<CountedSource> {
    const started = new CountedSource(new EbpfSource(settings))
    const ignore = (): void => {}
    await started.source.start({
      connection: (increment) => started.#add(increment),
      process: ignore,
      responses: ignore,
      listener: ignore,
      rejection: ignore,
      ...(tellsEnds && { ended: ignore }),
    })
    return started
  }

  counts(netns: number): Counts {
    const known = this.#byNetns.get(netns)
    if (known) return known
    const counts = zeroCounts()
    this.#byNetns.set(netns, counts)
    return counts
  }

  /** Ends of connections and of attempts, of the whole machine. */
  get ends(): number {
    let sum = 0
    for (const { closed, failed } of this.#byNetns.values()) sum += closed + failed
    return sum
  }

  /** Counts what comes from now on. */
  reset(): void {
    this.#byNetns.clear()
  }

  #drain(): void {
    while (this.source.drain()) continue
  }

  #add(increment: Increment): void {
    const counts = this.counts(increment.flow.netns)
    counts.increments += 1
    for (const name of counted) counts[name] += increment[name]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.source.stop()
  }
}
