import type { Attributes } from '@opentelemetry/api'
import { typedAttributes } from './values.ts'

/** Nothing, not even the header, where there are no attributes. */
export function* attributeLines(header: string, attributes: Attributes): Generator<string> {
  const pairs = typedAttributes(attributes)
  if (pairs.length === 0) return
  yield `${header}:`
  for (const [key, value] of pairs) yield `     -> ${key}: ${value}`
}
