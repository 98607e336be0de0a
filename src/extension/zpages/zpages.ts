import type { ComponentSettings } from '../../config/component.ts'
import type { Extension } from '../../model/component.ts'
import type { AgentView } from '../../telemetry/agent-view.ts'
import { type Answer, json, StatusServer } from '../shared/status-server.ts'
import type { ZpagesConfig } from './config.ts'
import { pageOf } from './page.ts'
import { statusOf } from './status.ts'

/** The Collector's paths lead to the one page, too. */
const pages = ['/', '/debug/servicez', '/debug/pipelinez', '/debug/extensionz']

/** A page that says what runs, what is wrong, and what was counted. */
export class Zpages implements Extension {
  readonly #agent: AgentView
  readonly #server: StatusServer

  constructor(settings: ComponentSettings, config: ZpagesConfig, agent: AgentView) {
    this.#agent = agent
    this.#server = new StatusServer(settings, config.endpoint, ({ pathname }) =>
      this.#answer(pathname),
    )
  }

  /** `undefined` before the start. */
  get port(): number | undefined {
    return this.#server.address?.port
  }

  start(): Promise<void> {
    return this.#server.start()
  }

  shutdown(): Promise<void> {
    return this.#server.stop()
  }

  async #answer(path: string): Promise<Answer | undefined> {
    if (path === '/debug/status.json') return json(200, await statusOf(this.#agent))
    if (!pages.includes(path)) return undefined
    return { status: 200, type: 'text/html', body: pageOf(await statusOf(this.#agent)) }
  }
}
