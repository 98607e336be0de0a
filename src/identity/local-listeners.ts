import type { Flow } from '../connection/flow.ts'
import type { Listener } from '../connection/listener.ts'
import type { ProcessKey } from '../connection/process.ts'
import { NamespaceAddresses } from './namespace-addresses.ts'
import type { PeerService } from './peer-names.ts'

/** Sockets beyond that are not found by those who call them. */
const mostListeners = 65_536

interface Listening {
  readonly address: string
  readonly process: ProcessKey
  /** Collection that met it last. */
  metIn: number
}

export interface LocalListenersSettings {
  /** As in the resource of that process; `undefined` if it is not known. */
  readonly serviceOf: (process: ProcessKey) => PeerService | undefined
  readonly procRoot?: string
}

/** Who listens where on this host: names the server of a client on the same host. Never a guess. */
export class LocalListeners {
  readonly #serviceOf: LocalListenersSettings['serviceOf']
  readonly #addresses: NamespaceAddresses
  /** By network namespace and port. */
  readonly #places = new Map<string, Listening[]>()
  #count = 0
  #collection = 0
  #changed = new Set<number>()
  #ownEpoch = 0

  constructor({ serviceOf, procRoot }: LocalListenersSettings) {
    this.#serviceOf = serviceOf
    this.#addresses = new NamespaceAddresses(procRoot)
  }

  /** Grows whenever an answer may be another than before. */
  get epoch(): number {
    return this.#ownEpoch + this.#addresses.epoch
  }

  /** Each listening socket, at each collection. */
  met({ flow, localAddress, isGrowthOnly }: Listener): void {
    if (isGrowthOnly || flow.process.pid === 0) return
    const place = placeOf(flow.netns, flow.servicePort)
    const there = this.#places.get(place)
    const known = there?.find(
      ({ address, process }) => address === localAddress && isSame(process, flow.process),
    )
    if (known !== undefined) {
      known.metIn = this.#collection
      return
    }
    if (this.#count >= mostListeners) return
    const listening = { address: localAddress, process: flow.process, metIn: this.#collection }
    if (there === undefined) this.#places.set(place, [listening])
    else there.push(listening)
    this.#count += 1
    this.#ownEpoch += 1
    this.#changed.add(flow.netns)
  }

  /**
   * Ends a collection: forgets those that were not met in it, and reads the addresses of their namespaces.
   *
   * @param nowMs of a monotonic clock
   */
  refresh(nowMs: number): void {
    const namespaces = new Map<number, number>()
    for (const [place, there] of this.#places) {
      const open = there.filter(({ metIn }) => metIn === this.#collection)
      if (open.length < there.length) {
        this.#ownEpoch += 1
        this.#count -= there.length - open.length
      }
      const [first] = open
      if (first === undefined) this.#places.delete(place)
      else {
        this.#places.set(place, open)
        namespaces.set(netnsOf(place), first.process.pid)
      }
    }
    this.#addresses.refresh(namespaces, this.#changed, nowMs)
    this.#changed = new Set()
    this.#collection += 1
  }

  /**
   * The service that a client's connection leads to.
   *
   * @param address that was reached
   * @param isLoopback whether it is of the client's own namespace, whatever that has
   */
  find(
    { netns, servicePort }: Pick<Flow, 'netns' | 'servicePort'>,
    address: string,
    isLoopback: boolean,
  ): PeerService | undefined {
    const owner = isLoopback ? netns : this.#addresses.find(address, netns)
    if (owner === undefined) return undefined
    return this.#theService(this.#places.get(placeOf(owner, servicePort)), address)
  }

  /** Who is bound to the address itself comes first, then who is to all of its family: so does the kernel choose. */
  #theService(there: readonly Listening[] | undefined, address: string): PeerService | undefined {
    if (there === undefined) return undefined
    const isIpv6 = address.includes(':')
    for (const bound of isIpv6 ? [address, '::'] : [address, '0.0.0.0', '::']) {
      const here = there.filter((one) => one.address === bound)
      if (here.length > 0) return theSame(here.map(({ process }) => this.#serviceOf(process)))
    }
    return undefined
  }
}

/** Of several processes, if all are of one service. */
function theSame(services: readonly (PeerService | undefined)[]): PeerService | undefined {
  const [first] = services
  const isOne = services.every(
    (one) => one?.name === first?.name && one?.namespace === first?.namespace,
  )
  return isOne ? first : undefined
}

const placeOf = (netns: number, port: number): string => `${netns} ${port}`
const netnsOf = (place: string): number => Number.parseInt(place, 10)

const isSame = (one: ProcessKey, other: ProcessKey): boolean =>
  one.pid === other.pid && one.startTime === other.startTime
