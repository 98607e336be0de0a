import { escapeUnprintable } from '../../shared/escape.ts'
import { shortNumber } from '../../terminal/human.ts'
import type { Traffic } from './traffic.ts'

interface Event {
  readonly count: number
  readonly text: string
}

const failureWords = new Map([
  ['refused', 'refused'],
  ['timed_out', 'timed out'],
  ['reset', 'reset'],
  ['host_unreachable', 'host unreachable'],
  ['net_unreachable', 'network unreachable'],
  ['cancelled', 'given up by the caller'],
])
const rejectWords = new Map([
  ['no_listener', 'nobody listens there'],
  ['backlog', 'its accept queue was full'],
])

/**
 * What went wrong in an interval, the most frequent first: `3 refused to 10.0.0.5:5432 by api`,
 * `2 SYNs rejected on :8080, nobody listens there`. Foreign names in it are escaped.
 */
export function eventTexts(rows: readonly Traffic[]): string[] {
  return rows
    .flatMap((row) => [...failureEvents(row), ...rejectEvents(row)])
    .toSorted((one, other) => other.count - one.count)
    .map(({ count, text }) => `${shortNumber(count)} ${text}`)
}

function failureEvents(row: Traffic): Event[] {
  const { service, role } = row
  const by = role === 'server' ? `from ${row.peer} on :${row.port}` : `to ${addressOf(row)}`
  const events: Event[] = []
  for (const [type, count] of row.failures) {
    const words = failureWords.get(type) ?? 'failed'
    const text = escapeUnprintable(`${words} ${by} by ${service}`)
    if (count > 0) events.push({ count, text })
  }
  return events
}

function rejectEvents({ port, rejects }: Traffic): Event[] {
  const events: Event[] = []
  for (const [reason, count] of rejects) {
    const words = rejectWords.get(reason) ?? reason
    const what = count === 1 ? 'SYN' : 'SYNs'
    const text = escapeUnprintable(`${what} rejected on :${port || '(other ports)'}, ${words}`)
    if (count > 0) events.push({ count, text })
  }
  return events
}

function addressOf({ peer, port }: Traffic): string {
  return peer.includes(':') ? `[${peer}]:${port}` : `${peer}:${port}`
}
