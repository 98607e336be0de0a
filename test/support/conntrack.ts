export interface TuplePart {
  readonly source?: readonly number[]
  readonly target?: readonly number[]
  readonly sourcePort?: number
  readonly targetPort?: number
  readonly protocol?: number
}

export interface EntryPart {
  readonly original?: TuplePart
  readonly reply?: TuplePart
  readonly status?: number
  readonly sequence?: number
  readonly flags?: number
}

/** `IPS_SRC_NAT` and `IPS_DST_NAT`, with bits of other meaning beside them. */
export const translatedStatus = 0x1b8

function message(type: number, sequence: number, flags: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + ((body.length + 3) & ~3))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 16 + body.length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, flags, true)
  view.setUint32(8, sequence, true)
  bytes.set(body, 16)
  return bytes
}

function attribute(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + ((payload.length + 3) & ~3))
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 4 + payload.length, true)
  view.setUint16(2, type, true)
  bytes.set(payload, 4)
  return bytes
}

const nested = 0x8000
const be16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff)

function tuple(type: number, part: Required<TuplePart>): Uint8Array {
  const isIpv4 = part.source.length === 4
  const addresses = Buffer.concat([
    attribute(isIpv4 ? 1 : 3, Uint8Array.from(part.source)),
    attribute(isIpv4 ? 2 : 4, Uint8Array.from(part.target)),
  ])
  const ports = Buffer.concat([
    attribute(1, Uint8Array.of(part.protocol)),
    attribute(2, be16(part.sourcePort)),
    attribute(3, be16(part.targetPort)),
  ])
  return attribute(
    nested | type,
    Buffer.concat([attribute(nested | 1, addresses), attribute(nested | 2, ports)]),
  )
}

/** 10.0.0.1:40000 dials 10.0.0.9:80 and reaches 10.0.0.2:8080. */
const original = {
  source: [10, 0, 0, 1],
  target: [10, 0, 0, 9],
  sourcePort: 40_000,
  targetPort: 80,
  protocol: 6,
}
const reply = {
  source: [10, 0, 0, 2],
  target: [10, 0, 0, 1],
  sourcePort: 8080,
  targetPort: 40_000,
  protocol: 6,
}

/** A connection of the kernel's tracking, as a little-endian kernel tells of it. */
export function entryMessage(part: EntryPart = {}): Uint8Array {
  const status = new DataView(new ArrayBuffer(4))
  status.setUint32(0, part.status ?? translatedStatus)
  const body = Buffer.concat([
    Uint8Array.of(2, 0, 0, 0),
    tuple(1, { ...original, ...part.original }),
    tuple(2, { ...reply, ...part.reply }),
    attribute(12, new Uint8Array(4)),
    attribute(3, new Uint8Array(status.buffer)),
  ])
  return message(0x100, part.sequence ?? 0, part.flags ?? 0x600, body)
}

/** The end of an answer, or with an errno a refusal. */
export function doneMessage(sequence: number, error = 0): Uint8Array {
  return message(error === 0 ? 3 : 2, sequence, 2, new Uint8Array(Int32Array.of(-error).buffer))
}
