import { messageOf } from '../shared/errors.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import type { NamedComponent } from './pipelines.ts'

/** Starts components stage by stage, and stops in reverse those that were started. */
export class Lifecycle {
  readonly #started: NamedComponent[][] = []
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /**
   * @param stages components of one stage do not feed each other
   * @throws what a component throws; what was started before it is then stopped
   */
  async start(stages: readonly (readonly NamedComponent[])[]): Promise<void> {
    for (const stage of stages) {
      const started: NamedComponent[] = []
      this.#started.push(started)
      for (const named of stage) {
        // Listed before it is started: what fails half way must be stopped as well.
        started.push(named)
        await this.#startOne(named)
      }
    }
  }

  async #startOne({ id, component }: NamedComponent): Promise<void> {
    try {
      await component.start()
      this.#logger.debug('component started', { id })
    } catch (error) {
      // The whole message is the caller's to show.
      const [reason] = messageOf(error).split('\n')
      this.#logger.error('component did not start', { id, error: reason })
      await this.stop()
      throw error
    }
  }

  /** The components of a stage stop at the same time, so that dead backends are waited for once. Never throws. */
  async stop(): Promise<void> {
    for (;;) {
      const stage = this.#started.pop()
      if (stage === undefined) return
      await Promise.all(stage.map((named) => this.#stopOne(named)))
    }
  }

  async #stopOne({ id, component }: NamedComponent): Promise<void> {
    try {
      await component.shutdown()
      this.#logger.debug('component stopped', { id })
    } catch (error) {
      this.#logger.error('component did not stop well', { id, error: messageOf(error) })
    }
  }
}
