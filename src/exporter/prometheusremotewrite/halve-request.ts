import { halveFields, SMALLEST_BYTES } from '../wire/halve.ts'
import type { WireRequest } from '../wire/requests.ts'

/**
 * Makes two requests of a finished one. What series are not shared out, descriptions or symbols, stands in both.
 *
 * @param seriesField number of the field that holds them
 * @returns `undefined` if it is small already, or a single series
 */
export function halveRequest(
  { body, itemsOfParts }: WireRequest,
  seriesField: number,
  smallestBytes = SMALLEST_BYTES,
): readonly [WireRequest, WireRequest] | undefined {
  if (body.length < smallestBytes || itemsOfParts === undefined) return undefined
  const halved = halveFields(body, seriesField)
  if (halved === undefined) return undefined
  const { halves, inFirst } = halved
  const [first, second] = halves
  return [
    requestOf(first, itemsOfParts.subarray(0, inFirst)),
    requestOf(second, itemsOfParts.subarray(inFirst)),
  ]
}

function requestOf(body: Uint8Array, itemsOfParts: Uint8Array): WireRequest {
  return { body, items: itemsOfParts.reduce((sum, items) => sum + items, 0), itemsOfParts }
}
