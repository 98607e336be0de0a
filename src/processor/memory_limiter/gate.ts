import { totalmem } from 'node:os'
import type { ComponentSettings } from '../../config/component.ts'
import type { MemoryLimiterConfig } from './config.ts'

const mebibyte = 1024 * 1024

/** Where memory is measured; for tests. */
export interface Memory {
  /** In bytes: resident, as the kernel reckons when it ends processes. Garbage is part of it until it is collected. */
  readonly used: () => number
  /** Bytes that this process may have. */
  readonly total: () => number
}

export const processMemory: Memory = {
  used: () => process.memoryUsage.rss(),
  total() {
    const limit = process.constrainedMemory()
    return limit > 0 && limit < totalmem() ? limit : totalmem()
  },
}

/** From this many bytes on it holds back. */
export function softLimit(config: MemoryLimiterConfig, totalBytes: number): number {
  const [limit, spike] =
    config.limit_mib > 0
      ? [config.limit_mib * mebibyte, config.spike_limit_mib * mebibyte]
      : [
          (config.limit_percentage / 100) * totalBytes,
          (config.spike_limit_percentage / 100) * totalBytes,
        ]
  return limit - (spike > 0 ? spike : limit / 5)
}

/** Whether there is memory enough, measured at each interval. */
export class MemoryGate {
  readonly #settings: ComponentSettings
  readonly #config: MemoryLimiterConfig
  readonly #memory: Memory
  readonly #onOpen: () => void
  readonly #limit: number
  #timer: NodeJS.Timeout | undefined
  #isOpen = true

  /** @param onOpen there is memory again */
  constructor(
    settings: ComponentSettings,
    config: MemoryLimiterConfig,
    memory: Memory,
    onOpen: () => void,
  ) {
    this.#settings = settings
    this.#config = config
    this.#memory = memory
    this.#onOpen = onOpen
    this.#limit = softLimit(config, memory.total())
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  start(): void {
    this.check()
    this.#timer ??= setInterval(() => this.check(), this.#config.check_interval).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  check(): void {
    const used = this.#memory.used()
    const isOpen = used < this.#limit
    const { logger, health } = this.#settings.telemetry
    const fields = { used_mib: mib(used), limit_mib: mib(this.#limit) }
    if (!isOpen) {
      // Each time: whoever looks at the log later must see that it goes on.
      const message = 'memory is short: metrics are held back, log records are dropped'
      logger.limited('warn', 'memory_short', message, fields)
      health.failing('memory', message)
    }
    if (isOpen === this.#isOpen) return
    this.#isOpen = isOpen
    if (isOpen) {
      logger.info('memory is enough again', fields)
      health.working('memory')
      this.#onOpen()
    }
  }
}

function mib(bytes: number): number {
  return Math.round(bytes / mebibyte)
}
