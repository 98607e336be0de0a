import { exitCodes } from './exit-codes.ts'
import { printError } from './output.ts'

export type Order = 'stop' | 'reload'

/** Orders that come as signals, one after the other. The second order to stop ends the process at once. */
export class Signals {
  #waiting: Order[] = []
  #wake: (() => void) | undefined
  #isStopping = false

  constructor() {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#stop())
    process.on('SIGHUP', () => this.#add('reload'))
  }

  /** As if SIGHUP had come. */
  reload(): void {
    this.#add('reload')
  }

  /** Stop comes before reload, and several reloads that wait are one. */
  async next(): Promise<Order> {
    while (this.#waiting.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const order = this.#waiting.includes('stop') ? 'stop' : 'reload'
    this.#waiting = []
    return order
  }

  #stop(): void {
    if (this.#isStopping) {
      printError('stopped at once: not all was sent')
      process.exit(exitCodes.failed)
    }
    this.#isStopping = true
    this.#add('stop')
  }

  #add(order: Order): void {
    if (!this.#waiting.includes(order)) this.#waiting.push(order)
    this.#wake?.()
  }
}
