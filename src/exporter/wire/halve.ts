import type { SignalName } from '../../model/signal.ts'
import type { WireRequest } from './requests.ts'

/**
 * The numbers of the fields that hold items, from the request inwards: resources, scopes, metrics or records; of metrics
 * the kinds of points, then the points.
 */
const levelsOf: Record<SignalName, readonly (readonly number[])[]> = {
  metrics: [[1], [2], [2], [5, 7, 9, 10, 11], [1]],
  logs: [[1], [2], [2]],
}

/** Receivers with a lower limit are unknown; without an end, one that is mistaken would get a request for each item. */
export const SMALLEST_BYTES = 16 * 1024

/**
 * Makes two requests of a finished one in protobuf, without knowing what is in it: the fields that hold items are shared
 * out, all others stand in both.
 *
 * @returns `undefined` if it is small already, or a single item
 */
export function halve(
  { body }: WireRequest,
  signal: SignalName,
  smallestBytes = SMALLEST_BYTES,
): readonly [WireRequest, WireRequest] | undefined {
  if (body.length < smallestBytes) return undefined
  const levels = levelsOf[signal]
  try {
    const halves = halvesOf(body, levels)
    if (halves === undefined) return undefined
    const [first, second] = halves
    return [
      { body: first, items: countItems(first, levels) },
      { body: second, items: countItems(second, levels) },
    ]
  } catch {
    return undefined
  }
}

/** Shares out the fields of one number; all others stand in both. @returns how many are in the first, too */
export function halveFields(
  body: Uint8Array,
  number: number,
): { readonly halves: readonly [Uint8Array, Uint8Array]; readonly inFirst: number } | undefined {
  const levels = [[number]]
  const halves = halvesOf(body, levels)
  return halves && { halves, inFirst: countItems(halves[0], levels) }
}

function halvesOf(
  message: Uint8Array,
  [level = [], ...inner]: readonly (readonly number[])[],
): readonly [Uint8Array, Uint8Array] | undefined {
  const fields = fieldsOf(message)
  const holders = fields.filter(({ number }) => level.includes(number))
  const others = fields.filter(({ number }) => !level.includes(number)).map(({ whole }) => whole)
  const [only] = holders
  if (only === undefined) return undefined
  if (holders.length > 1) {
    const whole = holders.map((one) => one.whole)
    const half = Math.ceil(whole.length / 2)
    return [
      Buffer.concat([...others, ...whole.slice(0, half)]),
      Buffer.concat([...others, ...whole.slice(half)]),
    ]
  }
  const halves = inner.length === 0 ? undefined : halvesOf(only.content, inner)
  if (halves === undefined) return undefined
  const [first, second] = halves.map((content) =>
    Buffer.concat([...others, varint(only.number * 8 + 2), varint(content.length), content]),
  )
  return first === undefined || second === undefined ? undefined : [first, second]
}

function countItems(
  message: Uint8Array,
  [level = [], ...inner]: readonly (readonly number[])[],
): number {
  return fieldsOf(message)
    .filter(({ number }) => level.includes(number))
    .reduce((sum, { content }) => sum + (inner.length === 0 ? 1 : countItems(content, inner)), 0)
}

interface RawField {
  readonly number: number
  /** With its tag. */
  readonly whole: Uint8Array
  /** Of a string, bytes or message. */
  readonly content: Uint8Array
}

/** The fields of a message that this program made. */
function fieldsOf(message: Uint8Array): readonly RawField[] {
  const fields: RawField[] = []
  let at = 0
  while (at < message.length) {
    const start = at
    const tag = readVarint(message, at)
    const type = tag.value % 8
    const length = type === 2 ? readVarint(message, tag.end) : undefined
    const from = length?.end ?? tag.end
    at = from + (length?.value ?? sizeOf(message, from, type))
    const content = message.subarray(from, at)
    fields.push({
      number: Math.floor(tag.value / 8),
      whole: message.subarray(start, at),
      content,
    })
  }
  return fields
}

function sizeOf(message: Uint8Array, at: number, type: number): number {
  if (type === 0) return readVarint(message, at).end - at
  if (type === 1) return 8
  if (type === 5) return 4
  throw new Error(`a field of type ${type} in a request`)
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0
  let end = start
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[end]
    if (byte === undefined) throw new Error('a request that ends within a field')
    end += 1
    value += (byte % 128) * factor
    if (byte < 128) return { value, end }
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Uint8Array.from([...bytes, rest])
}
