import { messageOf } from '../shared/errors.ts'
import type { Sink, Source, SourceHealth } from './source.ts'

/** What is built wrongly is to be built again, not to be gone round. */
const notToFallBackFrom: ReadonlySet<unknown> = new Set([
  'NETTRACER_ERR_ADDON_MISSING',
  'NETTRACER_ERR_LAYOUT_MISMATCH',
])

export interface AutoSettings {
  readonly createFirst: () => Source
  readonly createSecond: () => Source
}

/** The first source if it can run here, else the second. */
export class AutoSource implements Source {
  readonly #settings: AutoSettings
  #source: Source
  /** Why it is not the first, or what that cannot read here. */
  remark: string | undefined

  constructor(settings: AutoSettings) {
    this.#settings = settings
    this.#source = settings.createFirst()
  }

  get name(): Source['name'] {
    return this.#source.name
  }

  /** @throws what the second source threw */
  async start(sink: Sink): Promise<void> {
    const first = this.#source
    try {
      await first.start(sink)
      this.remark = first.remark
      return
    } catch (thrown) {
      await first.stop()
      if (notToFallBackFrom.has(codeOf(thrown))) throw thrown
      this.remark = `the ${first.name} source cannot run here: ${messageOf(thrown)}`
    }
    this.#source = this.#settings.createSecond()
    await this.#source.start(sink)
    if (this.#source.remark !== undefined) this.remark += `; ${this.#source.remark}`
  }

  drain(): boolean {
    return this.#source.drain()
  }

  async collect(isLast = false): Promise<void> {
    await this.#source.collect(isLast)
  }

  health(): SourceHealth {
    return this.#source.health()
  }

  async stop(): Promise<void> {
    await this.#source.stop()
  }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}
