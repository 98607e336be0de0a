import type { WireRequest } from './requests.ts'
import type { Encoding } from './wire.ts'

const OPENING = '['.charCodeAt(0)
const CLOSING = ']'.charCodeAt(0)
const comma = Buffer.from(',')

/** Makes one request of several, of which there is at least one: in both encodings a request is a list of resources. */
export function joinRequests(requests: readonly WireRequest[], encoding: Encoding): WireRequest {
  const [first] = requests
  if (first !== undefined && requests.length === 1) return first
  const bodies = requests.map(({ body }) => body)
  return {
    body: encoding === 'proto' ? Buffer.concat(bodies) : joinJson(bodies),
    items: requests.reduce((sum, { items }) => sum + items, 0),
  }
}

/** Of each what stands between its first bracket and its last. */
function joinJson(bodies: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array()] = bodies
  const lists = bodies.flatMap((body) => [
    comma,
    body.subarray(body.indexOf(OPENING) + 1, body.lastIndexOf(CLOSING)),
  ])
  return Buffer.concat([
    first.subarray(0, first.indexOf(OPENING) + 1),
    ...lists.slice(1),
    first.subarray(first.lastIndexOf(CLOSING)),
  ])
}
