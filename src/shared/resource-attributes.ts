const maxAttributes = 128

/**
 * Reads `key=value,key=value` of `OTEL_RESOURCE_ATTRIBUTES`, keys and values percent-encoded.
 *
 * @returns `undefined` on any error: the specification wants the whole variable discarded
 */
export function parseResourceAttributes(text: string): Map<string, string> | undefined {
  const attributes = new Map<string, string>()
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue
    const [rawKey, rawValue, ...rest] = pair.split('=')
    if (rawKey === undefined || rawValue === undefined || rest.length > 0) return undefined
    const key = percentDecode(rawKey.trim())
    const value = percentDecode(rawValue.trim())
    if (key === undefined || key === '' || value === undefined) return undefined
    if (attributes.size >= maxAttributes) return undefined
    attributes.set(key, value)
  }
  return attributes
}

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
