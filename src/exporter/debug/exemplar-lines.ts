import type { Exemplar } from '../../model/points.ts'
import { fixed, timestamp } from './go-format.ts'
import { typedAttributes } from './values.ts'

export function* exemplarLines(
  exemplars: readonly Exemplar[],
  isInteger: boolean,
): Generator<string> {
  if (exemplars.length === 0) return
  yield 'Exemplars:'
  for (const [
    index,
    { time, value, traceId = '', spanId = '', attributes },
  ] of exemplars.entries()) {
    yield `Exemplar #${index}`
    yield `     -> Trace ID: ${traceId}`
    yield `     -> Span ID: ${spanId}`
    yield `     -> Timestamp: ${timestamp(time)}`
    yield `     -> Value: ${isInteger ? value : fixed(value)}`
    const pairs = typedAttributes(attributes)
    if (pairs.length > 0) yield '     -> FilteredAttributes:'
    for (const [key, text] of pairs) yield `          -> ${key}: ${text}`
  }
}
