import { getSystemErrorMap } from 'node:util'
import type { AttributeValue, HrTime } from '@opentelemetry/api'
import type { EndedConnection } from '../../../connection/ended.ts'
import { closeReasons, failureTypes } from '../../../connection/increment.ts'
import { type EventAttributeName, events } from '../../../generated/events.ts'
import type { Peer } from '../../../identity/peer-names.ts'
import type { LogRecord } from '../../../model/logs.ts'
import { peerNames } from '../peer-attributes.ts'
import { isError, nsBetween } from './sampling.ts'

export type EventAttributes = Partial<Record<EventAttributeName, AttributeValue>>

/** Leaves out what is not known. */
function known(
  attributes: Readonly<Partial<Record<EventAttributeName, string | number | boolean | undefined>>>,
): EventAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}

const nsPerSecond = 1_000_000_000n
/** Node's own errors come behind the kernel's. */
const mostErrno = 1000
const errnoNames = new Map(
  [...getSystemErrorMap()]
    .filter(([code]) => -code < mostErrno)
    .map(([code, [name]]) => [-code, name]),
)

/**
 * The close record of a connection.
 *
 * @param peer the other side
 */
export function connectionEvent(end: EndedConnection, peer: Peer, observedTime: HrTime): LogRecord {
  const attributes: EventAttributes = {
    'network.transport': end.flow.transport,
    'network.type': end.flow.networkType,
    ...addressesOf(end, peer),
    'nettracer.role': end.flow.role,
    'nettracer.peer.scope': peer.scope,
    ...peerNames(peer, end.flow.role),
    ...howOf(end),
    ...timesOf(end),
    ...figuresOf(end),
    'nettracer.netns': end.flow.netns,
  }
  return {
    time: hrTime(end.endTime),
    observedTime,
    severity: isError(end) ? 'WARN' : 'INFO',
    eventName: events['nettracer.connection'].name,
    body: bodyOf(end),
    attributes,
  }
}

/** Addresses, not groups: a record is of one connection. */
function addressesOf(end: EndedConnection, { name }: Peer) {
  const { localAddress, localPort, remotePort, flow } = end
  const local = { address: localAddress, port: localPort || undefined }
  const remote = { address: name ?? flow.remoteAddress, port: remotePort || undefined }
  const [client, server] = flow.role === 'server' ? [remote, local] : [local, remote]
  const isTold = flow.role !== 'unknown'
  return known({
    'network.local.address': local.address,
    'network.local.port': local.port,
    'network.peer.address': flow.reachedAddress ?? flow.remoteAddress,
    'network.peer.port': remote.port,
    ...(isTold && {
      'client.address': client.address,
      'client.port': client.port,
      'server.address': server.address,
      'server.port': server.port,
    }),
  })
}

function howOf(end: EndedConnection): EventAttributes {
  const { closeReason, failureType, errno } = end
  return {
    ...(closeReason > 0 && { 'nettracer.close.reason': closeReasons[closeReason] ?? 'error' }),
    ...(failureType > 0 && { 'error.type': failureTypes[failureType] ?? '_OTHER' }),
    ...(errno > 0 && { 'nettracer.errno': errnoNames.get(errno) ?? String(errno) }),
    ...known({
      'nettracer.fin_tx': end.hasSentFin,
      'nettracer.fin_rx': end.hasReceivedFin,
      'nettracer.rst_tx': end.hasSentReset,
      'nettracer.rst_rx': end.hasReceivedReset,
    }),
  }
}

function timesOf(end: EndedConnection): EventAttributes {
  const { startTime, establishedTime, flow } = end
  const duration = durationOf(end)
  const connect = flow.role === 'client' ? nsBetween(startTime, establishedTime) : undefined
  return {
    ...(end.isAdopted && { 'nettracer.connection.adopted': true }),
    ...(startTime !== undefined && { 'nettracer.connection.start_time': rfc3339(startTime) }),
    ...(duration !== undefined && { 'nettracer.connection.duration': duration / 1e9 }),
    ...(connect !== undefined && { 'nettracer.connect.duration': connect / 1e9 }),
  }
}

/** In ns: established to end; of an attempt that failed, from its SYN. */
function durationOf({
  startTime,
  establishedTime,
  endTime,
  failureType,
}: EndedConnection): number | undefined {
  return nsBetween(failureType > 0 ? startTime : establishedTime, endTime)
}

function figuresOf(end: EndedConnection): EventAttributes {
  return {
    ...known({
      'nettracer.bytes_tx': end.bytesTx,
      'nettracer.bytes_rx': end.bytesRx,
      'nettracer.pkts_tx': end.pktsTx,
      'nettracer.pkts_rx': end.pktsRx,
      'nettracer.pkts_retr': end.pktsRetr,
      'nettracer.pkts_retr_syn': end.pktsRetrSyn,
    }),
    ...(end.srttUs >= 0 && { 'nettracer.rtt': end.srttUs / 1e3 }),
    ...(end.rttVarianceUs >= 0 && { 'nettracer.rtt_variance': end.rttVarianceUs / 1e3 }),
    ...(end.rttMinUs >= 0 && { 'nettracer.rtt_min': end.rttMinUs / 1e3 }),
  }
}

/** `192.0.2.1:43210 -> 192.0.2.2:443 local_fin after 1.204 s, 310 B sent, 4096 B received` */
function bodyOf(end: EndedConnection): string {
  const { flow, localAddress, localPort, remotePort, closeReason, failureType } = end
  const local = endpoint(localAddress ?? '?', localPort)
  const remote = endpoint(flow.remoteAddress, remotePort)
  const path = flow.role === 'server' ? `${remote} -> ${local}` : `${local} -> ${remote}`
  const how = failureType > 0 ? failureTypes[failureType] : closeReasons[closeReason]
  const duration = durationOf(end)
  const after = duration === undefined ? '' : ` after ${(duration / 1e9).toFixed(3)} s`
  const { bytesTx, bytesRx } = end
  const isCounted = bytesTx !== undefined && bytesRx !== undefined
  const bytes = isCounted ? `, ${bytesTx} B sent, ${bytesRx} B received` : ''
  return `${path} ${failureType > 0 ? 'failed: ' : ''}${how}${after}${bytes}`
}

function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function hrTime(ns: bigint): HrTime {
  return [Number(ns / nsPerSecond), Number(ns % nsPerSecond)]
}

function rfc3339(ns: bigint): string {
  const [seconds, nanos] = hrTime(ns)
  const whole = new Date(seconds * 1e3).toISOString().slice(0, 19)
  return `${whole}.${String(nanos).padStart(9, '0')}Z`
}
