import type { Readable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import { paintColors, paintNothing } from '../terminal/style.ts'
import type { Collector } from './collector.ts'
import { choiceOf, drawFrame, roomFor } from './frame.ts'
import { pause } from './pause.ts'
import type { Reading } from './reading.ts'
import { FullScreen } from './screen.ts'
import { type Key, press, type State } from './state.ts'
import { views } from './views/index.ts'

export interface LiveSettings {
  readonly input: Readable
  readonly output: WriteStream
  readonly hasColors: boolean
  readonly intervalMs: number
  readonly state: State
  readonly signal: AbortSignal
}

/** Draws each interval and at each key, until `q` or the signal. */
export async function runLive(collector: Collector, settings: LiveSettings): Promise<void> {
  const quit = new AbortController()
  const signal = AbortSignal.any([settings.signal, quit.signal])
  const table = new LiveTable(settings, () => quit.abort())
  table.open()
  try {
    while (!signal.aborted) {
      await pause(settings.intervalMs, signal)
      if (!signal.aborted) table.show(await collector.collect())
    }
  } finally {
    table.close()
  }
}

class LiveTable {
  readonly #settings: LiveSettings
  readonly #onQuit: () => void
  readonly #screen: FullScreen
  #state: State
  #shown: Reading | undefined

  constructor(settings: LiveSettings, onQuit: () => void) {
    this.#settings = settings
    this.#onQuit = onQuit
    this.#state = settings.state
    this.#screen = new FullScreen(settings, {
      onKey: (key) => this.#onKey(key),
      onResize: () => this.#draw(),
    })
  }

  open(): void {
    this.#screen.open()
    this.#draw()
  }

  close(): void {
    this.#screen.close()
  }

  /** While it is paused the reading is left out: the next one is of its own interval again. */
  show(reading: Reading): void {
    if (this.#state.isPaused && this.#shown !== undefined) return
    this.#shown = reading
    this.#draw()
  }

  #onKey(key: Key): void {
    const { sortKeys } = views[this.#state.by]
    this.#state = press(this.#state, key, {
      sortKeys,
      room: roomFor(this.#screen.lines),
      count: this.#count(),
    })
    if (this.#state.hasQuit) this.#onQuit()
    else this.#draw()
  }

  #count(): number {
    if (this.#shown === undefined) return 0
    return views[this.#state.by].choose(this.#shown, choiceOf(this.#state)).count
  }

  #draw(): void {
    const { hasColors, intervalMs } = this.#settings
    if (this.#shown === undefined) {
      const seconds = (intervalMs / 1000).toFixed(1)
      this.#screen.draw([`nettracer top: the first interval, ${seconds} s, is under way; q quits`])
      return
    }
    const { cells, lines } = this.#screen
    const paint = hasColors ? paintColors : paintNothing
    this.#screen.draw(
      drawFrame(this.#shown, this.#state, { cells, lines, paint, timeZone: undefined }),
    )
  }
}
