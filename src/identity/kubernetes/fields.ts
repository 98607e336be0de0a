/** A JSON object of a server that is not trusted. */
export type JsonObject = Readonly<Record<string, unknown>>

const nothing: JsonObject = {}

/** The longest name, key or value that is kept; Kubernetes' own names have 253 characters at most. */
const maxTextLength = 1024

export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : nothing
}

export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** @returns `undefined` for what is no text, empty, or longer than 1024 characters */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= maxTextLength
    ? value
    : undefined
}

export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf).filter((text) => text !== undefined) : []
}

/** A port of TCP or UDP; `undefined` for anything else. */
export function portOf(value: unknown): number | undefined {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= 65_535
    ? Number(value)
    : undefined
}

/** Pairs of a map of texts, as labels and annotations are. @param prefix of the keys that are wanted */
export function pairsOf(value: unknown, prefix = ''): (readonly [key: string, text: string])[] {
  const map = objectOf(value)
  return Object.keys(map).flatMap((key) => {
    const text = key.startsWith(prefix) ? textOf(map[key]) : undefined
    return text === undefined ? [] : [[key, text] as const]
  })
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
