import { readFileSync } from 'node:fs'

/** A field of `struct tcp_info` by its offset. */
const infoFields = {
  state: [0, 1],
  unacked: [24, 4],
  lastDataSent: [44, 4],
  lastDataReceived: [52, 4],
  lastAckReceived: [56, 4],
  rtt: [68, 4],
  rttVariance: [72, 4],
  totalRetrans: [100, 4],
  bytesAcked: [120, 8],
  bytesReceived: [128, 8],
  segsOut: [136, 4],
  segsIn: [140, 4],
  rttMin: [148, 4],
  dataSegsIn: [152, 4],
  busyTime: [168, 8],
  rwndLimited: [176, 8],
  sndbufLimited: [184, 8],
  deliveredCe: [196, 4],
  bytesSent: [200, 8],
  bytesRetrans: [208, 8],
  dsackDups: [216, 4],
  reordSeen: [220, 4],
  rcvOoopack: [224, 4],
  sndWnd: [228, 4],
  rcvWnd: [232, 4],
  totalRto: [240, 2],
} as const

export type TcpInfoPart = Partial<Record<keyof typeof infoFields, number>>

export interface SocketPart {
  readonly type?: number
  readonly flags?: number
  readonly sequence?: number
  readonly family?: number
  readonly state?: number
  readonly localPort?: number
  readonly remotePort?: number
  readonly localAddress?: readonly number[]
  readonly remoteAddress?: readonly number[]
  readonly cookie?: number
  readonly receiveQueue?: number
  readonly sendQueue?: number
  readonly inode?: number
  readonly info?: TcpInfoPart
  /** Bytes of `struct tcp_info`; older kernels give less. */
  readonly infoLength?: number
  readonly drops?: number
  readonly cgroupId?: bigint
}

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

function tcpInfo(part: TcpInfoPart, length: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(280))
  for (const [name, [at, size]] of Object.entries(infoFields)) {
    const value = part[name as keyof typeof infoFields] ?? 0
    if (size === 8) view.setBigUint64(at, BigInt(value), true)
    else if (size === 4) view.setUint32(at, value, true)
    else if (size === 2) view.setUint16(at, value, true)
    else view.setUint8(at, value)
  }
  return new Uint8Array(view.buffer, 0, length)
}

const client = {
  type: 20,
  flags: 2,
  sequence: 1,
  family: 2,
  state: 1,
  localPort: 40_000,
  remotePort: 443,
  localAddress: [10, 0, 0, 1],
  remoteAddress: [192, 0, 2, 1],
  cookie: 1,
  receiveQueue: 0,
  sendQueue: 0,
  inode: 0,
}

function skMemInfo(drops: number): Uint8Array {
  const memory = new DataView(new ArrayBuffer(36))
  memory.setUint32(32, drops, true)
  return new Uint8Array(memory.buffer)
}

/** A message about one socket, as a little-endian kernel writes it: a client's of 192.0.2.1:443 unless told otherwise. */
export function socketMessage(part: SocketPart = {}): Uint8Array {
  const { info, drops, cgroupId, infoLength = info === undefined ? 0 : 280, ...rest } = part
  const whole = { ...client, ...rest }
  const body = new Uint8Array(72)
  const view = new DataView(body.buffer)
  view.setUint8(0, whole.family)
  view.setUint8(1, whole.state)
  view.setUint16(4, whole.localPort)
  view.setUint16(6, whole.remotePort)
  body.set(whole.localAddress, 8)
  body.set(whole.remoteAddress, 24)
  view.setUint32(44, whole.cookie, true)
  view.setUint32(56, whole.receiveQueue, true)
  view.setUint32(60, whole.sendQueue, true)
  view.setUint32(68, whole.inode, true)
  const parts: Uint8Array[] = [body]
  if (infoLength > 0) parts.push(attribute(2, tcpInfo(info ?? {}, infoLength)))
  if (drops !== undefined) parts.push(attribute(7, skMemInfo(drops)))
  if (cgroupId !== undefined) {
    parts.push(attribute(21, new Uint8Array(BigUint64Array.of(cgroupId).buffer)))
  }
  return message(whole.type, whole.sequence, whole.flags, Buffer.concat(parts))
}

/** The end of an answer, or with an errno a refusal. */
export function endMessage(error = 0, sequence = 1): Uint8Array {
  return message(error === 0 ? 3 : 2, sequence, 2, new Uint8Array(Int32Array.of(-error).buffer))
}

/** What tools/record-netlink.ts recorded of a real kernel. */
export function readRecorded(name: 'listeners' | 'connections' | 'events'): Uint8Array {
  const file = new URL(`../source/fixtures/netlink/${name}.bin`, import.meta.url)
  return new Uint8Array(readFileSync(file))
}
