import type { Flow, Role } from '../connection/flow.ts'
import type { ProcessKey } from '../connection/process.ts'
import type { DiagFlows } from './inet-diag-flows.ts'
import type { Listeners } from './inet-diag-listeners.ts'
import {
  type Endpoints,
  isSameHost,
  servicePortOf,
  type TrackedSocket,
} from './inet-diag-socket.ts'

export interface TcpFlowsSettings {
  readonly netns: number
  readonly listeners: Listeners
  readonly flows: DiagFlows
}

/** The flows of the connections of one network namespace. */
export class TcpFlows {
  readonly #settings: TcpFlowsSettings

  constructor(settings: TcpFlowsSettings) {
    this.#settings = settings
  }

  /** Found once for each socket, until that forgets it. */
  ofSocket(socket: TrackedSocket): Flow {
    if (socket.flow !== undefined) return socket.flow
    const { role, endpoints } = socket
    const accepting = role === 'server' ? this.accepting(endpoints) : undefined
    const process = socket.process ?? accepting ?? socket.owner
    socket.flow = this.find(endpoints, role, process)
    return socket.flow
  }

  find(endpoints: Endpoints, role: Role, process: ProcessKey): Flow {
    return this.#settings.flows.find({
      process,
      netns: this.#settings.netns,
      transport: 'tcp',
      networkType: endpoints.networkType,
      role,
      servicePort: servicePortOf(endpoints, role),
      remoteAddress: endpoints.remoteAddress,
      isSameHost: isSameHost(endpoints),
    })
  }

  /** The process that listens where a connection came to; `undefined` if none does. */
  accepting({ localPort, localAddress }: Endpoints): ProcessKey | undefined {
    return this.#settings.listeners.accepting(localPort, localAddress)
  }
}
