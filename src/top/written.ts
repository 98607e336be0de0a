import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { WriteStream } from 'node:tty'
import type { Collector } from './collector.ts'
import { jsonDocument } from './document.ts'
import { plainTable } from './frame.ts'
import { pause } from './pause.ts'
import type { State } from './state.ts'

export interface WrittenSettings {
  readonly output: Writable
  /** The environment's COLUMNS: the width where the output is no terminal. */
  readonly columns: string | undefined
  readonly intervalMs: number
  readonly state: State
  readonly isJson: boolean
  /** One interval, not one after the other. */
  readonly isOnce: boolean
  readonly rows: number
  readonly signal: AbortSignal
}

const defaultCells = 80
const mostCells = 1000

/** Writes intervals as text or as lines of JSON, as fast as the reader takes them, until it has gone. */
export async function runWritten(collector: Collector, settings: WrittenSettings): Promise<void> {
  const { output } = settings
  const gone = new AbortController()
  // The stream itself does not tell: Node makes standard output writable again after an error.
  const end = () => gone.abort()
  for (const event of ['error', 'close']) output.on(event, end)
  try {
    await writeIntervals(collector, settings, AbortSignal.any([settings.signal, gone.signal]))
  } finally {
    for (const event of ['error', 'close']) output.off(event, end)
  }
}

async function writeIntervals(
  collector: Collector,
  settings: WrittenSettings,
  signal: AbortSignal,
): Promise<void> {
  const { output, intervalMs, isJson, isOnce, state, rows } = settings
  do {
    await pause(intervalMs, signal)
    if (signal.aborted || !output.writable) return
    const reading = await collector.collect()
    const text = isJson
      ? jsonDocument(reading, state, rows)
      : plainTable(reading, state, widthOf(settings), rows).join('\n')
    if (!output.write(`${text}\n`)) await taken(output, signal)
  } while (!isOnce)
}

/** Waits for the reader. */
async function taken(output: Writable, signal: AbortSignal): Promise<void> {
  try {
    await once(output, 'drain', { signal })
  } catch {
    // The reader has gone, or we are to end: there is nothing left to write to.
  }
}

function widthOf({ output, columns }: WrittenSettings): number {
  if (output instanceof WriteStream) return output.columns
  const told = Number(columns)
  return told > 0 && told <= mostCells ? Math.floor(told) : defaultCells
}
