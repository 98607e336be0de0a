import { Buffer } from 'node:buffer'
import { cidrOf } from '../../src/identity/cidr.ts'

/** What a database of MaxMind's format may say of a range, of the kinds that ours have. */
export type MmdbValue = string | number | { readonly [key: string]: MmdbValue }

type Node = [Branch, Branch]
type Branch = Node | { readonly value: MmdbValue } | undefined

/**
 * Writes a database of IPv6, with IPv4 at `::/96`, as the format's specification (MaxMind DB 2.0) says: records of
 * 24 bits, values without pointers. Ranges may not overlap.
 */
export function mmdb(ranges: Readonly<Record<string, MmdbValue>>): Buffer {
  const root: Node = [undefined, undefined]
  for (const [cidr, value] of Object.entries(ranges)) put(root, bitsOf(cidr), value)
  const nodes = numbered(root)
  const at = new Map([...nodes].map((node, number) => [node, number]))
  const values: Buffer[] = []
  let size = 0
  const tree = Buffer.alloc(nodes.length * 6)
  for (const [number, node] of nodes.entries()) {
    for (const [side, branch] of node.entries()) {
      tree.writeUIntBE(record(branch), number * 6 + side * 3, 3)
    }
  }
  function record(branch: Branch): number {
    if (branch === undefined) return nodes.length
    if (Array.isArray(branch)) return at.get(branch) ?? 0
    const encoded = encode(branch.value)
    const pointer = nodes.length + 16 + size
    values.push(encoded)
    size += encoded.length
    return pointer
  }
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_767_323_045,
    database_type: 'Test',
    ip_version: 6,
    node_count: nodes.length,
    record_size: 24,
  })
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
  return Buffer.concat([tree, Buffer.alloc(16), ...values, marker, metadata])
}

function bitsOf(text: string): number[] {
  const { address, prefixLength, family } = cidrOf(text)
  const bytes =
    family === 'ipv4' ? [...new Array(12).fill(0), ...address.split('.')] : groups(address)
  const length = prefixLength + (family === 'ipv4' ? 96 : 0)
  return bytes
    .flatMap((byte) => Number(byte).toString(2).padStart(8, '0').split(''))
    .slice(0, length)
    .map(Number)
}

function groups(address: string): number[] {
  const [head = '', tail = ''] = address.split('::')
  const first = head.split(':').filter(Boolean)
  const last = tail.split(':').filter(Boolean)
  const all = [...first, ...new Array(8 - first.length - last.length).fill('0'), ...last]
  return all.flatMap((hex) => [Number.parseInt(hex, 16) >> 8, Number.parseInt(hex, 16) & 255])
}

function put(root: Node, bits: readonly number[], value: MmdbValue): void {
  let node = root
  for (const bit of bits.slice(0, -1)) {
    const next = node[bit === 1 ? 1 : 0]
    if (next !== undefined && !Array.isArray(next)) throw new Error('ranges overlap')
    const made: Node = next ?? [undefined, undefined]
    node[bit === 1 ? 1 : 0] = made
    node = made
  }
  node[bits.at(-1) === 1 ? 1 : 0] = { value }
}

function numbered(root: Node): Node[] {
  const nodes = [root]
  for (const node of nodes) nodes.push(...node.filter((branch) => Array.isArray(branch)))
  return nodes
}

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') return typed(2, Buffer.from(value))
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return typed(6, bytes)
  }
  const pairs = Object.entries(value)
  const content = pairs.flatMap(([key, one]) => [encode(key), encode(one)])
  return Buffer.concat([control(7, pairs.length), ...content])
}

const typed = (type: number, bytes: Buffer) => Buffer.concat([control(type, bytes.length), bytes])

function control(type: number, size: number): Buffer {
  if (size < 29) return Buffer.from([(type << 5) | size])
  return Buffer.from([(type << 5) | 29, size - 29])
}
