import { families, isLittleEndian, sockDiagByFamily, tcpDiagGetSock } from './inet-diag-requests.ts'

const headerBytes = 16
const nlmsgError = 2
const nlmsgDone = 3
const nlmFDumpInterrupted = 0x10
/** `struct inet_diag_msg`; the identity of the socket is in it from 4 on, 48 bytes. */
const messageBytes = 72
const sockIdAt = 4
const sockIdBytes = 48
const attribute = { info: 2, skMemInfo: 7, cgroupId: 21 } as const
const attributeTypeMask = 0x3fff
const dropsAt = 8 * 4

/** What the kernel told of one socket. Read in place: valid inside the call that hands it over. */
export class SocketMessage {
  readonly #view: DataView
  readonly #bytes: Uint8Array
  #at = 0
  #infoAt = 0
  /** Bytes of `struct tcp_info`: older kernels give less. 0 without. */
  infoLength = 0
  /** `sk_drops`; `undefined` where the kernel does not tell. */
  drops: number | undefined
  /** cgroup v2 id; `undefined` where the kernel does not tell. */
  cgroupId: bigint | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** @param at of its `struct inet_diag_msg` @param end of the message */
  set(at: number, end: number): void {
    this.#at = at
    this.infoLength = 0
    this.drops = undefined
    this.cgroupId = undefined
    let next = at + messageBytes
    while (next + 4 <= end) {
      const length = this.#view.getUint16(next, isLittleEndian)
      // Cut short: what follows cannot be found.
      if (length < 4 || next + length > end) return
      const type = this.#view.getUint16(next + 2, isLittleEndian) & attributeTypeMask
      this.#take(type, next + 4, length - 4)
      next += (length + 3) & ~3
    }
  }

  #take(type: number, at: number, length: number): void {
    if (type === attribute.info) {
      this.#infoAt = at
      this.infoLength = length
    } else if (type === attribute.skMemInfo && length >= dropsAt + 4) {
      this.drops = this.#view.getUint32(at + dropsAt, isLittleEndian)
    } else if (type === attribute.cgroupId && length >= 8) {
      this.cgroupId = this.#view.getBigUint64(at, isLittleEndian)
    }
  }

  /** Of the request that it answers; 0 of an event. */
  get sequence(): number {
    return this.#view.getUint32(this.#at - headerBytes + 8, isLittleEndian)
  }
  get family(): number {
    return this.#view.getUint8(this.#at)
  }
  get isInternet(): boolean {
    return this.family === families.ipv4 || this.family === families.ipv6
  }
  get state(): number {
    return this.#view.getUint8(this.#at + 1)
  }
  get localPort(): number {
    return this.#view.getUint16(this.#at + sockIdAt)
  }
  get remotePort(): number {
    return this.#view.getUint16(this.#at + sockIdAt + 2)
  }
  /** 16 bytes in network order, IPv4 as `::ffff:a.b.c.d`. A copy. */
  get localAddress(): Uint8Array {
    return this.#address(this.#at + sockIdAt + 4)
  }
  get remoteAddress(): Uint8Array {
    return this.#address(this.#at + sockIdAt + 20)
  }
  /** `sock_cookie`: never another socket's of this namespace. A counter, which does not reach 2^53. */
  get cookie(): number {
    const at = this.#at + sockIdAt + sockIdBytes - 8
    const low = this.#view.getUint32(at, isLittleEndian)
    return this.#view.getUint32(at + 4, isLittleEndian) * 2 ** 32 + low
  }
  /** `struct inet_diag_sockid`, a copy. */
  get sockId(): Uint8Array {
    return this.#bytes.slice(this.#at + sockIdAt, this.#at + sockIdAt + sockIdBytes)
  }
  /** Of a listener: connections that wait to be accepted. */
  get receiveQueue(): number {
    return this.#view.getUint32(this.#at + 56, isLittleEndian)
  }
  /** Of a listener: the most that may wait. */
  get sendQueue(): number {
    return this.#view.getUint32(this.#at + 60, isLittleEndian)
  }
  /** 0 of a socket that no process has open. */
  get inode(): number {
    return this.#view.getUint32(this.#at + 68, isLittleEndian)
  }

  /** A field of `struct tcp_info`; -1 where this kernel's does not have it. */
  info32(offset: number): number {
    if (offset + 4 > this.infoLength) return -1
    return this.#view.getUint32(this.#infoAt + offset, isLittleEndian)
  }
  info64(offset: number): number {
    if (offset + 8 > this.infoLength) return -1
    return Number(this.#view.getBigUint64(this.#infoAt + offset, isLittleEndian))
  }

  #address(at: number): Uint8Array {
    if (this.family === families.ipv6) return this.#bytes.slice(at, at + 16)
    const mapped = new Uint8Array(16)
    mapped.fill(0xff, 10, 12)
    mapped.set(this.#bytes.subarray(at, at + 4), 12)
    return mapped
  }
}

/** What a buffer of netlink messages held besides sockets. */
export interface Outcome {
  sockets: number
  /** The answer is complete. */
  isDone: boolean
  /** Sockets came or went in a way that some may be missing. */
  isInterrupted: boolean
  /** errno of a request that was refused; 0 if none was. */
  error: number
  /** Messages that are none, or of a kind that nobody asked for. */
  unknown: number
}

/**
 * Reads netlink messages and hands over each socket. What is no message ends the buffer: where the next one begins is
 * not known any more.
 *
 * @param sequence of the request; answers to another are old ones. `undefined` for events, which have none
 */
export function readMessages(
  bytes: Uint8Array,
  sequence: number | undefined,
  onSocket: (socket: SocketMessage) => void,
): Outcome {
  const outcome = { sockets: 0, isDone: false, isInterrupted: false, error: 0, unknown: 0 }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const socket = new SocketMessage(bytes)
  let at = 0
  while (at < bytes.length) {
    const length = at + headerBytes <= bytes.length ? view.getUint32(at, isLittleEndian) : 0
    if (length < headerBytes || at + length > bytes.length) {
      outcome.unknown += 1
      break
    }
    const isAnswer = sequence === undefined || view.getUint32(at + 8, isLittleEndian) === sequence
    if (isAnswer) readMessage(view, at, length, socket, outcome, onSocket)
    at += (length + 3) & ~3
  }
  return outcome
}

function readMessage(
  view: DataView,
  at: number,
  length: number,
  socket: SocketMessage,
  outcome: Outcome,
  onSocket: (socket: SocketMessage) => void,
): void {
  const type = view.getUint16(at + 4, isLittleEndian)
  const body = at + headerBytes
  if ((view.getUint16(at + 6, isLittleEndian) & nlmFDumpInterrupted) !== 0) {
    outcome.isInterrupted = true
  }
  const isSocket = type === sockDiagByFamily || type === tcpDiagGetSock
  if (isSocket && length >= headerBytes + messageBytes) {
    socket.set(body, at + length)
    if (socket.isInternet) {
      outcome.sockets += 1
      onSocket(socket)
      return
    }
  }
  if (type !== nlmsgDone && type !== nlmsgError) {
    outcome.unknown += 1
    return
  }
  // Both carry a negative errno; an answer of 0 is an acknowledgement, which nobody asked for.
  const result = length >= headerBytes + 4 ? view.getInt32(body, isLittleEndian) : 0
  if (result < 0) outcome.error = -result
  outcome.isDone = true
}
