import type { SignalName } from '../../model/signal.ts'
import { SMALLEST_BYTES } from './halve.ts'
import type { WireRequest } from './requests.ts'

/** The members that lead to items, from the request inwards; of metrics one of the kinds of points. */
const levelsOf: Record<SignalName, readonly (readonly string[])[]> = {
  metrics: [
    ['resourceMetrics'],
    ['scopeMetrics'],
    ['metrics'],
    ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'],
    ['dataPoints'],
  ],
  logs: [['resourceLogs'], ['scopeLogs'], ['logRecords']],
}

type Node = Readonly<Record<string, unknown>>

/**
 * Makes two requests of a finished one in JSON: the lists that hold items are shared out, all else stands in both.
 *
 * @returns `undefined` if it is small already, or a single item
 */
export function halveJson(
  { body }: WireRequest,
  signal: SignalName,
  smallestBytes = SMALLEST_BYTES,
): readonly [WireRequest, WireRequest] | undefined {
  if (body.length < smallestBytes) return undefined
  const levels = levelsOf[signal]
  const request: unknown = JSON.parse(Buffer.from(body).toString())
  const halves = isNode(request) ? halvesOf(request, levels) : undefined
  if (halves === undefined) return undefined
  const [first, second] = halves.map((half) => ({
    body: Buffer.from(JSON.stringify(half)),
    items: countItems(half, levels),
  }))
  return first === undefined || second === undefined ? undefined : [first, second]
}

function halvesOf(
  node: Node,
  [names = [], ...inner]: readonly (readonly string[])[],
): readonly Node[] | undefined {
  const name = names.find((one) => one in node)
  if (name === undefined) return undefined
  const children = childrenOf(node[name])
  if (children.length > 1) {
    const half = Math.ceil(children.length / 2)
    return [children.slice(0, half), children.slice(half)].map((part) => ({
      ...node,
      [name]: part,
    }))
  }
  const [only] = children
  const halves = only === undefined || inner.length === 0 ? undefined : halvesOf(only, inner)
  const isList = Array.isArray(node[name])
  return halves?.map((part) => ({ ...node, [name]: isList ? [part] : part }))
}

function countItems(node: Node, [names = [], ...inner]: readonly (readonly string[])[]): number {
  const children = names.flatMap((name) => childrenOf(node[name]))
  if (inner.length === 0) return children.length
  return children.reduce((sum, child) => sum + countItems(child, inner), 0)
}

function childrenOf(value: unknown): readonly Node[] {
  return (Array.isArray(value) ? value : [value]).filter(isNode)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
