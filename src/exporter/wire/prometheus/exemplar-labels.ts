import type { Exemplar } from '../../../model/points.ts'
import { type Labels, toLabels } from './labels.ts'

/** What OpenMetrics allows all names and values of an exemplar together. */
const mostCharacters = 128
const ids: ReadonlySet<string> = new Set(['trace_id', 'span_id'])

/** Labels of an exemplar: its span, and its attributes if there is room for them. */
export function exemplarLabels({ traceId, spanId, attributes }: Exemplar): Labels {
  const span: Labels = new Map()
  if (traceId !== undefined) span.set('trace_id', traceId)
  if (spanId !== undefined) span.set('span_id', spanId)
  const all: Labels = new Map([...span, ...toLabels(attributes, ids)])
  return lengthOf(all) <= mostCharacters ? all : span
}

function lengthOf(labels: Labels): number {
  let length = 0
  for (const [name, value] of labels) length += name.length + value.length
  return length
}
