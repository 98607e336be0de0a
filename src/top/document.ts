import { escapeUnprintable } from '../shared/escape.ts'
import { rounded, tallyFields, trafficFields } from './documents.ts'
import { choiceOf } from './frame.ts'
import type { Reading } from './reading.ts'
import type { State } from './state.ts'
import { views } from './views/index.ts'

/** Raised when a field changes its meaning or goes; new fields do not raise it. */
const schemaVersion = 1

/** The reading as one line of JSON. `docs/top.md` tells the fields. */
export function jsonDocument(reading: Reading, state: State, maxRows: number): string {
  const { seconds, total, rest, ended } = reading
  const { by } = state
  const documents = views[by].choose(reading, choiceOf(state)).documents()
  const text = JSON.stringify({
    schema_version: schemaVersion,
    time: new Date(reading.endMs).toISOString(),
    interval_seconds: rounded(seconds),
    host: reading.host,
    source: reading.source,
    by,
    totals: {
      ...tallyFields(total, seconds),
      connections_rejected: reading.rejected ?? null,
      lost: reading.lost,
    },
    rows: documents.slice(0, maxRows),
    rows_left_out: Math.max(0, documents.length - maxRows),
    rest: { rows: rest[by].rows, ...trafficFields(rest[by].tally, seconds) },
    ...(by === 'connection' && { ended: trafficFields(ended, seconds) }),
  })
  return text.replaceAll(/[^ -~]/gu, (found) => (isPrintable(found) ? found : escaped(found)))
}

/** Names may hold what a terminal obeys: JSON leaves U+0080 to U+009F and others as they are. */
function isPrintable(character: string): boolean {
  return escapeUnprintable(character) === character
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    const unit = character.charCodeAt(at).toString(16)
    return `\\u${unit.padStart(4, '0')}`
  }).join('')
}
