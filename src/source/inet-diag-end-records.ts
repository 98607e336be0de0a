import type { EndedConnection } from '../connection/ended.ts'
import type { Flow } from '../connection/flow.ts'
import type { Counters, Payload } from './inet-diag-counters.ts'
import type { EndedSocket } from './inet-diag-ended.ts'
import { type Closing, failureOf, nothingSeen, unknownClosing } from './inet-diag-ends.ts'
import type { Endpoints, TrackedSocket } from './inet-diag-socket.ts'

const nsPerMs = 1_000_000n
const cleared = {
  ...{ bytesTx: undefined, bytesRx: undefined, pktsTx: undefined, pktsRx: undefined },
  ...{ pktsRetr: undefined, pktsRetrSyn: undefined, srttUs: -1, rttVarianceUs: -1, rttMinUs: -1 },
} as const

/** @param socket as the last dump met it; the kernel clears the counters of a connection that is aborted */
export function closedConnection(
  flow: Flow,
  ended: EndedSocket,
  closing: Closing,
  socket: TrackedSocket | undefined,
): EndedConnection {
  const { counters, endpoints, isDisconnected } = ended
  if (isDisconnected && socket !== undefined) return lastSeen(flow, socket, closing)
  return {
    ...endOf(flow, endpoints),
    ...(isDisconnected ? cleared : figuresOf(counters, closing.payload)),
    ...closing.flags,
    isAdopted: socket?.isAdopted === true,
    closeReason: closing.reason,
  }
}

/** One whose end the kernel did not tell of, as it was when a dump met it last. */
export function lostConnection(flow: Flow, socket: TrackedSocket): EndedConnection {
  return lastSeen(flow, socket, unknownClosing(socket.state))
}

/** An attempt that ended without being established. */
export function failedConnection(
  flow: Flow,
  ended: EndedSocket,
  socket: TrackedSocket | undefined,
): EndedConnection {
  const { counters, endpoints, isDisconnected } = ended
  const { type, wasAnswered } = failureOf(ended)
  const pktsRetrSyn = counters.segsRetransmitted
  const figures = { ...figuresOf(counters, { bytesTx: 0, bytesRx: 0 }), pktsRetrSyn }
  return {
    ...endOf(flow, isDisconnected && socket !== undefined ? socket.endpoints : endpoints),
    ...(isDisconnected ? { ...cleared, bytesTx: 0, bytesRx: 0 } : figures),
    ...nothingSeen,
    ...{ hasSentFin: false, hasReceivedFin: false },
    ...(wasAnswered && { hasReceivedReset: true }),
    isAdopted: socket?.isAdopted === true,
    failureType: type,
  }
}

function lastSeen(flow: Flow, socket: TrackedSocket, closing: Closing): EndedConnection {
  const { counters, payload, endpoints, isAdopted } = socket
  return {
    ...endOf(flow, endpoints),
    ...figuresOf(counters, payload),
    ...closing.flags,
    isAdopted,
    closeReason: closing.reason,
  }
}

/** The kernel keeps no time of an end: it is that of its word on it. */
function endOf(flow: Flow, { localAddress, localPort, remotePort }: Endpoints) {
  const isKnown = localAddress !== '0.0.0.0' && localAddress !== '::'
  return {
    flow,
    localAddress: isKnown ? localAddress : undefined,
    localPort,
    remotePort,
    endTime: BigInt(Date.now()) * nsPerMs,
    ...{ closeReason: 0, failureType: 0, errno: 0 },
  }
}

function figuresOf(counters: Counters, { bytesTx, bytesRx }: Pick<Payload, 'bytesTx' | 'bytesRx'>) {
  const { segsOut, segsIn, segsRetransmitted, srttUs, rttVarianceUs, rttMinUs } = counters
  return {
    bytesTx,
    bytesRx,
    // A server's SYN-ACKs that were sent again are among the one and not the other.
    pktsTx: Math.max(segsOut - segsRetransmitted, 0),
    pktsRx: segsIn,
    pktsRetr: segsRetransmitted,
    pktsRetrSyn: undefined,
    srttUs,
    rttVarianceUs,
    rttMinUs,
  }
}
