import { isDeepStrictEqual } from 'node:util'
import type { ComponentSettings } from '../../config/component.ts'
import { messageOf } from '../../shared/errors.ts'
import type { WireRequest } from './requests.ts'
import { loadTls, type TlsMaterial } from './tls.ts'
import type { TlsConfig } from './tls-config.ts'
import type { Attempt, Transport } from './transport.ts'

export interface ReloadingSettings {
  readonly component: ComponentSettings
  /** `undefined`: plain text. */
  readonly tls: TlsConfig | undefined
  readonly open: (tls: TlsMaterial | undefined) => Transport
}

/** A transport that is made anew when certificates change on disk, where `reload_interval` asks for it. */
export class ReloadingTransport implements Transport {
  readonly #settings: ReloadingSettings
  #material: TlsMaterial | undefined
  #current: Transport
  #timer: NodeJS.Timeout | undefined

  /** @throws NettracerError if a certificate or key cannot be used */
  constructor(settings: ReloadingSettings) {
    const { tls, open } = settings
    this.#settings = settings
    this.#material = tls === undefined ? undefined : loadTls(tls)
    this.#current = open(this.#material)
    if (tls !== undefined && tls.reload_interval > 0) {
      this.#timer = setInterval(() => this.#reload(tls), tls.reload_interval)
    }
  }

  async attempt(request: WireRequest, signal: AbortSignal): Promise<Attempt> {
    return this.#current.attempt(request, signal)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#current.close()
  }

  #reload(tls: TlsConfig): void {
    const { logger } = this.#settings.component.telemetry
    try {
      const material = loadTls(tls)
      if (isDeepStrictEqual(material, this.#material)) return
      const previous = this.#current
      this.#current = this.#settings.open(material)
      this.#material = material
      previous.close()
      logger.info('Certificates were loaded again')
    } catch (error) {
      const reason = messageOf(error)
      const kind = 'tls_reload'
      logger.limited('warn', kind, 'Certificates cannot be loaded again; the old ones stay', {
        reason,
      })
    }
  }
}
