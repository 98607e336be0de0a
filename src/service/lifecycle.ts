import type { Component } from '../model/component.ts'
import { messageOf } from '../shared/errors.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import type { NamedComponent } from './nodes.ts'

/** Components of one stage do not feed each other. */
export type Stages = readonly (readonly NamedComponent[])[]

/** Starts components stage by stage, and stops those that were started. */
export class Lifecycle {
  readonly #running = new Set<Component>()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /**
   * Starts what does not run yet.
   *
   * @throws what a component throws; what was started before it is then stopped, in reverse
   */
  async start(stages: Stages): Promise<void> {
    const started: NamedComponent[][] = []
    for (const stage of stages) {
      const ofStage: NamedComponent[] = []
      started.push(ofStage)
      for (const named of stage) {
        if (this.#running.has(named.component)) continue
        // Listed before it is started: what fails half way must be stopped as well.
        ofStage.push(named)
        await this.#startOne(named, started)
      }
    }
  }

  async #startOne({ id, component }: NamedComponent, started: Stages): Promise<void> {
    this.#running.add(component)
    try {
      await component.start()
      this.#logger.debug('component started', { id })
    } catch (error) {
      // The whole message is the caller's to show.
      const [reason] = messageOf(error).split('\n')
      this.#logger.error('component did not start', { id, error: reason })
      await this.stop(started.toReversed())
      throw error
    }
  }

  /**
   * Stops those that run, stage by stage. The components of a stage stop at the same time, so that dead backends are
   * waited for once. Never throws.
   */
  async stop(stages: Stages): Promise<void> {
    for (const stage of stages) await Promise.all(stage.map((named) => this.#stopOne(named)))
  }

  async #stopOne({ id, component }: NamedComponent): Promise<void> {
    if (!this.#running.delete(component)) return
    try {
      await component.shutdown()
      this.#logger.debug('component stopped', { id })
    } catch (error) {
      this.#logger.error('component did not stop well', { id, error: messageOf(error) })
    }
  }
}
