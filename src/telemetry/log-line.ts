import { escapeUnprintable } from '../shared/escape.ts'
import type { LogFields } from './telemetry.ts'

/** From the least to the most important. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LogRecord {
  /** Wall clock in ms. */
  readonly time: number
  readonly level: LogLevel
  readonly component: string
  readonly message: string
  readonly fields: LogFields
}

/** Longest text of one value; what is cut off is marked by an ellipsis. */
const maxText = 2000

/** One line for a person: `time LEVEL component message key=value`. */
export function consoleLine({ time, level, component, message, fields }: LogRecord): string {
  const words = [
    new Date(time).toISOString(),
    level.toUpperCase().padEnd(5),
    escapeUnprintable(component),
  ]
  words.push(escapeUnprintable(cut(message)))
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) words.push(`${escapeUnprintable(key)}=${consoleValue(value)}`)
  }
  return words.join(' ')
}

/** One JSON object; a field that has the name of a fixed one gets `field.` before it. */
export function jsonLine({ time, level, component, message, fields }: LogRecord): string {
  const fixed = { level, ts: new Date(time).toISOString(), component, msg: cut(message) }
  const free = Object.entries(fields).map(([key, value]): [string, unknown] => [
    Object.hasOwn(fixed, key) ? `field.${key}` : key,
    typeof value === 'string' ? cut(value) : value,
  ])
  return escapeInJson(JSON.stringify({ ...fixed, ...Object.fromEntries(free) }))
}

/** Bare where it is one plain word, else in quotes. */
function consoleValue(value: string | number | boolean): string {
  const text = typeof value === 'string' ? cut(value) : String(value)
  if (/^[^\s"'=\\]+$/.test(text) && escapeUnprintable(text) === text) return text
  return `"${escapeUnprintable(text.replaceAll(/[\\"]/g, '\\$&'))}"`
}

function cut(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText)}…`
}

/** JSON leaves most of what cannot be seen as it is; terminals show these lines too. */
function escapeInJson(json: string): string {
  return json.replaceAll(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (found) => {
      return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`
    },
  )
}
