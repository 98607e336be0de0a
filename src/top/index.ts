import type { Readable, Writable } from 'node:stream'
import { WriteStream } from 'node:tty'
import type { SourceSettings } from '../source/index.ts'
import { Collector } from './collector.ts'
import { runLive } from './live.ts'
import type { Grouping } from './reading.ts'
import type { State } from './state.ts'
import type { Sort } from './view.ts'
import { views } from './views/index.ts'
import { runWritten } from './written.ts'

export { type Grouping, groupings } from './reading.ts'

export interface TopSettings {
  readonly source: SourceSettings['source']
  readonly by: Grouping
  /** One of {@link sortKeysOf}; the first of them if `undefined`. */
  readonly sort: string | undefined
  readonly filter: string
  readonly intervalMs: number
  readonly isOnce: boolean
  readonly isJson: boolean
  /** Rows at most in what is written; the live table shows what fits. */
  readonly rows: number
  readonly input: Readable
  readonly output: Writable
  /** COLUMNS, NO_COLOR and TERM are read. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Takes why `auto` is not what it would rather be, where the table is written. */
  readonly onRemark: (remark: string) => void
  /** Ends it. */
  readonly signal: AbortSignal
}

/** What the rows of a table can be sorted by; the first is the default. */
export function sortKeysOf(by: Grouping): readonly string[] {
  return views[by].sortKeys
}

/**
 * `nettracer top`: live on a terminal; written once where there is none, or where that is asked for.
 *
 * @throws NettracerError if no source can run here
 */
export async function runTop(settings: TopSettings): Promise<void> {
  const { output, environment, isJson, isOnce } = settings
  const collector = new Collector(settings.source)
  try {
    await collector.start()
    const canRedraw = output instanceof WriteStream && (environment['TERM'] ?? 'dumb') !== 'dumb'
    const state = stateOf(settings)
    if (canRedraw && !isJson && !isOnce) {
      const hasColors = (environment['NO_COLOR'] ?? '') === ''
      await runLive(collector, { ...settings, output, state, hasColors })
    } else {
      const columns = environment['COLUMNS']
      if (collector.remark !== undefined) settings.onRemark(collector.remark)
      await runWritten(collector, { ...settings, state, columns, isOnce: isOnce || !isJson })
    }
  } finally {
    await collector.stop()
  }
}

function stateOf({ by, sort, filter }: TopSettings): State {
  const first = (one: Grouping): Sort => ({
    key: (one === by ? sort : undefined) ?? sortKeysOf(one)[0] ?? '',
    isReversed: false,
  })
  return {
    by,
    sorts: {
      process: first('process'),
      connection: first('connection'),
      peer: first('peer'),
      listener: first('listener'),
    },
    filter,
    isTyping: false,
    isPaused: false,
    isHelpShown: false,
    from: 0,
    hasQuit: false,
  }
}
