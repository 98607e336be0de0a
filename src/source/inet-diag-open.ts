import type { Flow } from '../connection/flow.ts'
import { type OpenConnection, tcpStates } from '../connection/open-connection.ts'
import type { Growth } from './inet-diag-growth.ts'
import type { TrackedSocket } from './inet-diag-socket.ts'

const nsPerMs = 1e6

/** @param growth that was just reported */
export function openConnection(flow: Flow, socket: TrackedSocket, growth: Growth): OpenConnection {
  const { counters, endpoints, state, payload: all, metAtMs } = socket
  const { bytesTx = 0, bytesRx = 0, pktsTx = 0, pktsRetr = 0 } = growth
  return {
    flow,
    localAddress: endpoints.localAddress,
    localPort: endpoints.localPort,
    remotePort: endpoints.remotePort,
    state: tcpStates[state] ?? 'unknown',
    ageNs: (performance.now() - metAtMs) * nsPerMs,
    // A dump may meet it long after it began.
    isAdopted: true,
    bytesTx,
    bytesRx,
    pktsTx,
    pktsRetr,
    allBytesTx: all.bytesTx,
    allBytesRx: all.bytesRx,
    srttUs: counters.srttUs,
  }
}
