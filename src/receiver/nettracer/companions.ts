import { messageOf } from '../../shared/errors.ts'
import type { Health, Logger } from '../../telemetry/telemetry.ts'

/** What runs beside the source and answers from memory: a directory of containers, of pods, of names. */
export interface Companion {
  /** Resolves when it can answer, or when waiting longer would hold up the agent: it goes on by itself then. */
  start(): Promise<void>
  /** Safe at any stage and twice. */
  stop(): Promise<void>
}

export interface CompanionsSettings {
  readonly logger: Pick<Logger, 'warn'>
  readonly health: Health
}

interface Kept {
  readonly companion: Companion
  readonly config: string
  isStarted: boolean
}

/**
 * All companions of a configuration. One whose section of the configuration did not change goes on over a reload. One that does
 * not start is told of, and the rest goes on without it.
 */
export class Companions {
  readonly #settings: CompanionsSettings
  readonly #kept = new Map<string, Kept>()
  readonly #before: Companions | undefined

  /** @param before from where those are taken over, and taken out, that are to go on */
  constructor(settings: CompanionsSettings, before?: Companions) {
    this.#settings = settings
    this.#before = before
  }

  /**
   * @param name the section of the configuration
   * @param config what it is made by: equal as JSON, equal companions
   * @param make called unless one goes on
   */
  keep<T extends Companion>(
    name: string,
    config: unknown,
    Type: abstract new (...parameters: never[]) => T,
    make: () => T,
  ): T {
    const text = JSON.stringify(config) ?? ''
    const before = this.#before
    const earlier = before === undefined ? undefined : before.#kept
    const known = earlier?.get(name)
    if (known !== undefined && known.config === text && known.companion instanceof Type) {
      earlier?.delete(name)
      this.#kept.set(name, known)
      return known.companion
    }
    const companion = make()
    this.#kept.set(name, { companion, config: text, isStarted: false })
    return companion
  }

  /** Starts those that do not run yet. Never fails. */
  async start(): Promise<void> {
    await Promise.all([...this.#kept].map(([name, kept]) => this.#startOne(name, kept)))
  }

  /** Stops those that nobody took over. Never fails. */
  async stop(): Promise<void> {
    const { logger, health } = this.#settings
    const stopping = [...this.#kept].map(async ([name, { companion }]) => {
      health.working(name)
      try {
        await companion.stop()
      } catch (error) {
        logger.warn('it did not stop in order', { section: name, reason: messageOf(error) })
      }
    })
    this.#kept.clear()
    await Promise.all(stopping)
  }

  async #startOne(name: string, kept: Kept): Promise<void> {
    if (kept.isStarted) return
    kept.isStarted = true
    const { logger, health } = this.#settings
    try {
      await kept.companion.start()
    } catch (error) {
      const reason = messageOf(error)
      logger.warn('fewer names: it did not start', { section: name, reason })
      health.failing(name, `${name} did not start: ${reason}`)
    }
  }
}
