import type { Attributes, HrTime } from '@opentelemetry/api'

/** What protobuf's JSON mapping makes of values and of messages. */
export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json }
export type Field = Json | undefined

/** An object without the fields that are `undefined`: those at their default. */
export function message(fields: Record<string, Field>): Json {
  const present = Object.entries(fields).filter((field): field is [string, Json] => {
    return field[1] !== undefined
  })
  return Object.fromEntries(present)
}

export const listOf = (items: readonly Json[]): Field => (items.length === 0 ? undefined : items)
export const textOf = (text: string | undefined): Field => (text === '' ? undefined : text)
export const nonZero = (value: number): Field => (value === 0 ? undefined : value)

/** `int64`, `uint64` and `fixed64` are strings in protobuf's JSON. */
export const integer = (value: number): string =>
  Number.isFinite(value) ? BigInt(Math.trunc(value)).toString() : '0'
const isInt64 = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < 2 ** 63
export const nonZeroInteger = (value: number): Field => (value === 0 ? undefined : integer(value))

export function double(value: number): Json {
  if (Number.isFinite(value)) return value
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? 'Infinity' : '-Infinity'
}

export function nanoseconds([seconds, nanos]: HrTime): Field {
  const time = BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(nanos))
  return time === 0n ? undefined : time.toString()
}

export const optionalDouble = (value: number | undefined): Field =>
  value === undefined ? undefined : double(value)

export function attributesJson(attributes: Attributes): Field {
  return listOf(Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) })))
}

function anyValue(value: unknown): Json {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') {
    return isInt64(value) ? { intValue: integer(value) } : { doubleValue: double(value) }
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  return {}
}
