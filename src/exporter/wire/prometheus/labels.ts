import type { Attributes } from '@opentelemetry/api'
import { labelName } from './names.ts'

/** Label name to value, before escaping. */
export type Labels = Map<string, string>

/**
 * Turns attributes into labels. Names that become equal share one label with the values joined by `;` in the order of
 * the attributes' names, as the OpenTelemetry specification has it. A name in `taken` becomes `exported_<name>`, as
 * Prometheus does with a label of a target that it sets itself.
 */
export function toLabels(attributes: Attributes, taken: ReadonlySet<string>): Labels {
  const labels: Labels = new Map()
  for (const key of Object.keys(attributes).toSorted()) {
    const text = valueText(attributes[key])
    if (text === '') continue
    const sanitized = labelName(key)
    const name = taken.has(sanitized) ? `exported_${sanitized}` : sanitized
    const before = labels.get(name)
    labels.set(name, before === undefined ? text : `${before};${text}`)
  }
  return labels
}

/** Writes labels as `a="1",b="2"`, escaped. An empty value equals no label in Prometheus and is left out. */
export function formatLabels(labels: Labels): string {
  let text = ''
  for (const [name, value] of labels) {
    if (value === '') continue
    text += `${text === '' ? '' : ','}${name}="${escapeLabelValue(value)}"`
  }
  return text
}

/** Reads what {@link formatLabels} wrote. */
export function* parseLabels(text: string): Generator<[name: string, value: string], void, void> {
  for (const [, name = '', value = ''] of text.matchAll(/([^=,]+)="((?:\\.|[^"\\])*)"/g)) {
    yield [name, value.includes('\\') ? value.replace(/\\(.)/g, unescapeCharacter) : value]
  }
}

/** An attribute as text: a string as it is, a list or map as JSON, as the Collector does. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return JSON.stringify(value) ?? ''
}

/**
 * Escapes a label's value. A NUL byte is U+FFFD then, because what keeps text as C strings ends there; half of a
 * surrogate pair is U+FFFD too. Other control characters are legal in the format and stay.
 */
export function escapeLabelValue(value: string): string {
  return clean(value).replace(/[\\\n"]/g, escapeCharacter)
}

/** Escapes help text, where a quote needs nothing in the text format; OpenMetrics escapes it too. */
export function escapeHelp(help: string, isOpenMetrics: boolean): string {
  return clean(help).replace(isOpenMetrics ? /[\\\n"]/g : /[\\\n]/g, escapeCharacter)
}

function clean(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes('\0') ? whole.replaceAll('\0', '\u{fffd}') : whole
}

function escapeCharacter(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`
}

function unescapeCharacter(_escaped: string, character: string): string {
  return character === 'n' ? '\n' : character
}
