import type { Attributes } from '@opentelemetry/api'

const keys = new WeakMap<Attributes, string>()

/** Equal for equal attributes, in whatever order. */
export function attributeKey(attributes: Attributes): string {
  const known = keys.get(attributes)
  if (known !== undefined) return known
  const entries = Object.entries(attributes).toSorted(([one], [other]) => (one < other ? -1 : 1))
  const key = JSON.stringify(entries)
  keys.set(attributes, key)
  return key
}
