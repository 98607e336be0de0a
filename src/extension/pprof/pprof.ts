import type { ComponentSettings } from '../../config/component.ts'
import type { Extension } from '../../model/component.ts'
import { type Answer, StatusServer, text } from '../shared/status-server.ts'
import type { PprofConfig } from './config.ts'
import { type ProfileKind, Profiler } from './profiler.ts'

const kinds: ReadonlyMap<string, ProfileKind> = new Map([
  ['/debug/pprof/profile', 'cpu'],
  ['/debug/pprof/heap', 'heap'],
])
const usage = `/debug/pprof/profile?seconds=N  CPU profile of the next N seconds, .cpuprofile
/debug/pprof/heap?seconds=N     what is allocated in the next N seconds and lives, .heapprofile`
const defaultSeconds = 30

/** Takes CPU and heap profiles on demand, over HTTP. One process has one profiler, however many of these it has. */
export class Pprof implements Extension {
  static readonly #profiler = new Profiler()
  readonly #config: PprofConfig
  readonly #server: StatusServer
  readonly #stopped = new AbortController()

  constructor(settings: ComponentSettings, config: PprofConfig) {
    this.#config = config
    this.#server = new StatusServer(settings, config.endpoint, (url, signal) =>
      this.#answer(url, signal),
    )
  }

  /** `undefined` before the start. */
  get port(): number | undefined {
    return this.#server.address?.port
  }

  start(): Promise<void> {
    return this.#server.start()
  }

  async shutdown(): Promise<void> {
    this.#stopped.abort()
    await this.#server.stop()
  }

  async #answer(url: URL, signal: AbortSignal): Promise<Answer | undefined> {
    if (url.pathname === '/debug/pprof/') return text(200, usage)
    const kind = kinds.get(url.pathname)
    if (kind === undefined) return undefined
    const ms = this.#durationOf(url)
    if (typeof ms === 'string') return text(400, ms)
    if (Pprof.#profiler.isBusy) {
      return { ...text(503, 'A profile is being taken.'), headers: { 'Retry-After': '5' } }
    }
    const ends = AbortSignal.any([signal, this.#stopped.signal])
    const body = await Pprof.#profiler.take(kind, ms, ends)
    const headers = { 'Content-Disposition': `attachment; filename="nettracer.${kind}profile"` }
    return { status: 200, type: 'application/json', body, headers }
  }

  /** In ms, or what is wrong. */
  #durationOf({ searchParams }: URL): number | string {
    const most = this.#config.max_duration / 1e3
    const given = searchParams.get('seconds')
    const seconds = given === null ? Math.min(defaultSeconds, most) : Number(given)
    if (seconds > 0 && seconds <= most) return seconds * 1e3
    return `seconds must be more than 0 and at most ${most}.`
  }
}
