import { messageOf } from '../../shared/errors.ts'
import type { Health, Logger } from '../../telemetry/telemetry.ts'
import { ApiError } from './api-error.ts'

export interface ConditionSettings {
  readonly logger: Logger
  readonly health: Health
  /** `pods`, `endpointslices.discovery.k8s.io`: as in a role. */
  readonly resource: string
  /** What a role must allow: `list and watch`. */
  readonly verbs: string
}

/** Tells whether a part of Kubernetes is followed: in the log, and to health checks. */
export class Condition {
  readonly #settings: ConditionSettings
  #isGood = true

  constructor(settings: ConditionSettings) {
    this.#settings = settings
  }

  works(): void {
    if (this.#isGood) return
    this.#isGood = true
    const { health, logger, resource } = this.#settings
    health.working(this.#what)
    logger.info('Kubernetes answers again', { resource })
  }

  failed(error: unknown): void {
    this.#isGood = false
    const { health, logger, resource } = this.#settings
    const reason = this.#reasonOf(error)
    health.failing(this.#what, reason)
    const message = 'Kubernetes is not followed: what is known of it grows old'
    logger.limited('warn', `kubernetes_${resource}`, message, { resource, reason })
  }

  /** It is not asked any more. */
  ended(): void {
    this.#settings.health.working(this.#what)
  }

  get #what(): string {
    return `kubernetes ${this.#settings.resource}`
  }

  #reasonOf(error: unknown): string {
    const reason = messageOf(error)
    if (!(error instanceof ApiError) || error.status !== 403) return reason
    const { resource, verbs } = this.#settings
    return `${reason} (the role of the agent needs ${verbs} of ${resource})`
  }
}
