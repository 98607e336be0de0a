import type { Attributes } from '@opentelemetry/api'
import type { ProcessKey } from '../connection/process.ts'
import type { PeerService } from './peer-names.ts'

const mostProcesses = 8_192

interface Asked {
  readonly process: ProcessKey
  service: PeerService | undefined
  /** Asked for since the last refresh. */
  isUsed: boolean
}

/** What is known of a process now. */
export type ProcessLook = (process: ProcessKey) => {
  readonly attributes: Attributes
  readonly isAlive: boolean
}

/** Services of processes of this host that are at the other end of a connection. */
export class ProcessServices {
  readonly #look: ProcessLook
  readonly #asked = new Map<string, Asked>()
  /** Grows whenever an answer may be another than before. */
  epoch = 0

  constructor(look: ProcessLook) {
    this.#look = look
  }

  find(process: ProcessKey): PeerService | undefined {
    const key = `${process.pid} ${process.startTime} ${process.cgroupId}`
    const known = this.#asked.get(key)
    if (known !== undefined) {
      known.isUsed = true
      return known.service
    }
    const service = serviceIn(this.#look(process).attributes)
    if (this.#asked.size < mostProcesses) this.#asked.set(key, { process, service, isUsed: true })
    return service
  }

  /** Asks again: what is known of a process may grow. Forgets ended ones that nobody asked for since the last time. */
  refresh(): void {
    for (const [key, asked] of this.#asked) {
      const { attributes, isAlive } = this.#look(asked.process)
      if (!isAlive && !asked.isUsed) this.#asked.delete(key)
      const service = serviceIn(attributes)
      if (!isSame(service, asked.service)) this.epoch += 1
      asked.service = service
      asked.isUsed = false
    }
  }
}

function serviceIn(attributes: Attributes): PeerService | undefined {
  const { 'service.name': name, 'service.namespace': namespace } = attributes
  if (typeof name !== 'string') return undefined
  return { name, ...(typeof namespace === 'string' && { namespace }) }
}

function isSame(one: PeerService | undefined, other: PeerService | undefined): boolean {
  return one?.name === other?.name && one?.namespace === other?.namespace
}
