import { endianness } from 'node:os'

/** Numbers of include/uapi/linux/netlink.h, sock_diag.h and inet_diag.h. */
export const tcpDiagGetSock = 18
export const sockDiagByFamily = 20
const nlmFRequest = 1
const nlmFDump = 0x300
const inetDiagInfo = 2
const inetDiagSkMemInfo = 7
const ipprotoTcp = 6
const ipprotoUdp = 17
const headerBytes = 16
export const requestBytes = 72
const dumpRequestBytes = 76

export const families = { ipv4: 2, ipv6: 10 } as const

/** include/net/tcp_states.h */
export const tcpStates = {
  established: 1,
  synSent: 2,
  finWait1: 4,
  finWait2: 5,
  timeWait: 6,
  close: 7,
  closeWait: 8,
  lastAck: 9,
  listen: 10,
  closing: 11,
} as const

/** All that have a socket of their own with counters. */
export const connectionStates = bits(
  'established',
  'synSent',
  'finWait1',
  'finWait2',
  'closeWait',
  'lastAck',
  'closing',
)
export const listenState = bits('listen')
/** Connected, and not connected. */
const datagramStates = bits('established', 'close')

/** Of the groups that tell of the end of each TCP socket, IPv4 and IPv6. */
export const destroyGroups = [1, 3] as const

/** Netlink speaks the host's own byte order. */
export const isLittleEndian = endianness() === 'LE'

function bits(...names: (keyof typeof tcpStates)[]): number {
  return names.reduce((all, name) => all | (1 << tcpStates[name]), 0)
}

/**
 * A dump of the sockets that are in one of some states, IPv4 and IPv6. In the older form of `struct inet_diag_req`: only that
 * tells of both families in one walk over all sockets of the host.
 */
export function dumpRequest(states: number, sequence: number): Uint8Array {
  const request = new DataView(new ArrayBuffer(dumpRequestBytes))
  writeHeader(request, tcpDiagGetSock, nlmFRequest | nlmFDump, sequence)
  request.setUint8(headerBytes + 3, extensionBit(inetDiagInfo) | extensionBit(inetDiagSkMemInfo))
  request.setUint32(headerBytes + 52, states, isLittleEndian)
  return new Uint8Array(request.buffer)
}

/** A dump of the UDP sockets of one family that have a port. */
export function datagramsRequest(family: number, sequence: number): Uint8Array {
  const request = new DataView(new ArrayBuffer(requestBytes))
  writeHeader(request, sockDiagByFamily, nlmFRequest | nlmFDump, sequence)
  request.setUint8(headerBytes, family)
  request.setUint8(headerBytes + 1, ipprotoUdp)
  request.setUint8(headerBytes + 2, extensionBit(inetDiagSkMemInfo))
  request.setUint32(headerBytes + 4, datagramStates, isLittleEndian)
  return new Uint8Array(request.buffer)
}

/** The look for one socket, by its addresses and ports; any state, time-wait too. */
export function lookUpRequest(family: number, sockId: Uint8Array, sequence: number): Uint8Array {
  const request = new Uint8Array(requestBytes)
  const view = new DataView(request.buffer)
  writeHeader(view, sockDiagByFamily, nlmFRequest, sequence)
  view.setUint8(headerBytes, family)
  view.setUint8(headerBytes + 1, ipprotoTcp)
  view.setUint32(headerBytes + 4, 0xffff_ffff, isLittleEndian)
  request.set(sockId, headerBytes + 8)
  // INET_DIAG_NOCOOKIE
  request.fill(0xff, requestBytes - 8)
  return request
}

function writeHeader(request: DataView, type: number, flags: number, sequence: number): void {
  request.setUint32(0, request.byteLength, isLittleEndian)
  request.setUint16(4, type, isLittleEndian)
  request.setUint16(6, flags, isLittleEndian)
  request.setUint32(8, sequence, isLittleEndian)
}

function extensionBit(extension: number): number {
  return 1 << (extension - 1)
}
