import { isDeepStrictEqual } from 'node:util'
import type { ComponentSettings } from '../../config/component.ts'
import { messageOf } from '../../shared/errors.ts'
import { loadTls, type TlsMaterial } from '../wire/tls.ts'
import { type OtlpConfig, speaksTls } from './config.ts'
import type { GrpcTransport } from './grpc-transport.ts'

/** The transport in use; certificates that change on disk give a new one where `reload_interval` asks for it. */
export class Channel {
  readonly #settings: ComponentSettings
  readonly #config: OtlpConfig
  readonly #open: (tls: TlsMaterial | undefined) => GrpcTransport
  #material: TlsMaterial | undefined
  #current: GrpcTransport
  #timer: NodeJS.Timeout | undefined

  /** @throws NettracerError if a certificate or key cannot be used */
  constructor(
    settings: ComponentSettings,
    config: OtlpConfig,
    open: (tls: TlsMaterial | undefined) => GrpcTransport,
  ) {
    this.#settings = settings
    this.#config = config
    this.#open = open
    this.#material = speaksTls(config) ? loadTls(config.tls) : undefined
    this.#current = open(this.#material)
    const interval = config.tls.reload_interval
    if (this.#material !== undefined && interval > 0) {
      this.#timer = setInterval(() => this.#reload(), interval)
    }
  }

  get current(): GrpcTransport {
    return this.#current
  }

  close(): void {
    clearInterval(this.#timer)
    this.#current.close()
  }

  #reload(): void {
    const { logger } = this.#settings.telemetry
    try {
      const material = loadTls(this.#config.tls)
      if (isDeepStrictEqual(material, this.#material)) return
      const previous = this.#current
      this.#current = this.#open(material)
      this.#material = material
      // Calls under way end as they would; those that it fails are retried on the new one.
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
