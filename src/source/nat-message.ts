import { isLittleEndian } from './inet-diag-requests.ts'
import { Tuple } from './tuple.ts'

const headerBytes = 16
/** `struct nfgenmsg` */
const familyBytes = 4
const nlmsgError = 2
const nlmsgDone = 3
const nlmFRequest = 1
const nlmFDump = 0x300
const nlmFDumpInterrupted = 0x10
/** `NFNL_SUBSYS_CTNETLINK << 8`, with `IPCTNL_MSG_CT_NEW` and `_GET`. */
const conntrackNew = 0x100
const conntrackGet = 0x101
/** `enum ctattr_type`, `ctattr_tuple`, `ctattr_ip`, `ctattr_l4proto` of nfnetlink_conntrack.h. */
const attribute = { original: 1, reply: 2, status: 3, statusMask: 26 } as const
const tupleAttribute = { ip: 1, protocol: 2 } as const
const ipAttribute = { v4Source: 1, v4Target: 2, v6Source: 3, v6Target: 4 } as const
const protocolAttribute = { number: 1, sourcePort: 2, targetPort: 3 } as const
const attributeTypeMask = 0x3fff
const tcp = 6

/** `IPS_SRC_NAT` and `IPS_DST_NAT`: its source, or its target, was translated. */
export const natStatus = { source: 1 << 4, target: 1 << 5 } as const
const isTranslated = natStatus.source | natStatus.target
/** `NFNLGRP_CONNTRACK_NEW` */
export const newConnections = 1

/** All tracked connections with a bit of `natStatus`. Kernels before 5.15 tell of the others, too. */
export function natDumpRequest(status: number, sequence: number): Uint8Array {
  const request = new DataView(new ArrayBuffer(headerBytes + familyBytes + 16))
  request.setUint32(0, request.byteLength, isLittleEndian)
  request.setUint16(4, conntrackGet, isLittleEndian)
  request.setUint16(6, nlmFRequest | nlmFDump, isLittleEndian)
  request.setUint32(8, sequence, isLittleEndian)
  for (const [at, type] of [attribute.status, attribute.statusMask].entries()) {
    const place = headerBytes + familyBytes + at * 8
    request.setUint16(place, 8, isLittleEndian)
    request.setUint16(place + 2, type, isLittleEndian)
    request.setUint32(place + 4, status)
  }
  return new Uint8Array(request.buffer)
}

/** What a buffer of netlink messages held besides connections. */
export interface NatOutcome {
  /** Of TCP, with a translated address. */
  entries: number
  /** The answer is complete. */
  isDone: boolean
  /** Some may be missing. */
  isInterrupted: boolean
  /** errno of a request that was refused; 0 if none was. */
  error: number
  /** Messages that are none, or of a kind that nobody asked for. */
  unknown: number
}

/** Reads what the kernel's connection tracking tells, and hands over what was translated. */
export class NatReader {
  readonly #from = new Tuple()
  readonly #to = new Tuple()
  readonly #address = new Uint32Array(4)
  readonly #addressBytes = new Uint8Array(this.#address.buffer)
  #view: DataView = new DataView(new ArrayBuffer(0))

  /**
   * @param sequence of the request; answers to another are old ones. `undefined` for events, which have none
   * @param onEntry gets what its client dialled and what its server sees; both are used again after the call
   */
  read(
    bytes: Uint8Array,
    sequence: number | undefined,
    onEntry: (from: Tuple, to: Tuple) => void,
  ): NatOutcome {
    const outcome = { entries: 0, isDone: false, isInterrupted: false, error: 0, unknown: 0 }
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    while (at < bytes.length) {
      const length = at + headerBytes <= bytes.length ? this.#u32(at) : 0
      // Where the next one begins is not known any more.
      if (length < headerBytes || at + length > bytes.length) {
        outcome.unknown += 1
        break
      }
      const isAnswer = sequence === undefined || this.#u32(at + 8) === sequence
      if (isAnswer) this.#readMessage(at, at + length, outcome, onEntry)
      at += (length + 3) & ~3
    }
    return outcome
  }

  #readMessage(
    at: number,
    end: number,
    outcome: NatOutcome,
    onEntry: (from: Tuple, to: Tuple) => void,
  ): void {
    const type = this.#u16(at + 4)
    if ((this.#u16(at + 6) & nlmFDumpInterrupted) !== 0) outcome.isInterrupted = true
    if (type === conntrackNew && end - at >= headerBytes + familyBytes) {
      if (!this.#readEntry(at + headerBytes + familyBytes, end)) return
      outcome.entries += 1
      onEntry(this.#from, this.#to)
      return
    }
    if (type !== nlmsgDone && type !== nlmsgError) {
      outcome.unknown += 1
      return
    }
    const result =
      end - at >= headerBytes + 4 ? this.#view.getInt32(at + headerBytes, isLittleEndian) : 0
    if (result < 0) outcome.error = -result
    outcome.isDone = true
  }

  /** @returns whether it is a whole one of TCP that was translated */
  #readEntry(at: number, end: number): boolean {
    const status = this.#find(at, end, attribute.status)
    if (status < 0 || this.#endOf(status) - status < 8) return false
    if ((this.#view.getUint32(status + 4) & isTranslated) === 0) return false
    return (
      this.#readTuple(this.#find(at, end, attribute.original), this.#from, false) &&
      this.#readTuple(this.#find(at, end, attribute.reply), this.#to, true)
    )
  }

  /** @param isReply its source is the server */
  #readTuple(at: number, tuple: Tuple, isReply: boolean): boolean {
    if (at < 0) return false
    const end = this.#endOf(at)
    const ip = this.#find(at + 4, end, tupleAttribute.ip)
    const protocol = this.#find(at + 4, end, tupleAttribute.protocol)
    if (ip < 0 || protocol < 0) return false
    return this.#readPorts(protocol, tuple, isReply) && this.#readAddresses(ip, tuple, isReply)
  }

  #readPorts(at: number, tuple: Tuple, isReply: boolean): boolean {
    const end = this.#endOf(at)
    const number = this.#find(at + 4, end, protocolAttribute.number)
    const source = this.#find(at + 4, end, protocolAttribute.sourcePort)
    const target = this.#find(at + 4, end, protocolAttribute.targetPort)
    if (!this.#holds(number, 1) || this.#view.getUint8(number + 4) !== tcp) return false
    if (!this.#holds(source, 2) || !this.#holds(target, 2)) return false
    const [from, to] = [this.#view.getUint16(source + 4), this.#view.getUint16(target + 4)]
    if (isReply) tuple.setPorts(to, from)
    else tuple.setPorts(from, to)
    return true
  }

  #readAddresses(at: number, tuple: Tuple, isReply: boolean): boolean {
    const end = this.#endOf(at)
    const isIpv4 = this.#find(at + 4, end, ipAttribute.v4Source) >= 0
    const { v4Source, v4Target, v6Source, v6Target } = ipAttribute
    const source = this.#find(at + 4, end, isIpv4 ? v4Source : v6Source)
    const target = this.#find(at + 4, end, isIpv4 ? v4Target : v6Target)
    const size = isIpv4 ? 4 : 16
    if (!this.#holds(source, size) || !this.#holds(target, size)) return false
    this.#loadAddress(isReply ? target : source, size)
    tuple.setClient(this.#address, 0)
    this.#loadAddress(isReply ? source : target, size)
    tuple.setServer(this.#address, 0)
    return true
  }

  #loadAddress(at: number, size: number): void {
    const { buffer, byteOffset } = this.#view
    this.#addressBytes.fill(0)
    if (size === 4) this.#addressBytes.fill(0xff, 10, 12)
    this.#addressBytes.set(new Uint8Array(buffer, byteOffset + at + 4, size), 16 - size)
  }

  #holds(at: number, size: number): boolean {
    return at >= 0 && this.#endOf(at) - at - 4 >= size
  }

  /** @returns where the attribute begins; -1 if it is not there, or if one before it is cut */
  #find(from: number, to: number, type: number): number {
    let at = from
    while (at + 4 <= to) {
      const length = this.#u16(at)
      if (length < 4 || at + length > to) return -1
      if ((this.#u16(at + 2) & attributeTypeMask) === type) return at
      at += (length + 3) & ~3
    }
    return -1
  }

  /** @param at of an attribute that was found, so that all of it is there */
  #endOf(at: number): number {
    return at + this.#u16(at)
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, isLittleEndian)
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, isLittleEndian)
  }
}
