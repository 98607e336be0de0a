import type { Flow } from '../connection/flow.ts'
import type { Increment } from '../connection/increment.ts'
import type { Listener, Rejection } from '../connection/listener.ts'
import type { OpenConnection, TcpState } from '../connection/open-connection.ts'
import type { ProcessKey, ProcessSeen } from '../connection/process.ts'
import type { Sink } from '../source/source.ts'
import { Groups } from './groups.ts'
import { Listeners } from './listeners.ts'
import { MostActive } from './most-active.ts'
import type { ConnectionRow, Owner, PeerRow, ProcessRow, Reading, Rest } from './reading.ts'
import { Tally } from './tally.ts'

export interface GathererSettings {
  readonly ownerOf: (process: ProcessKey) => Owner
  readonly seen: (process: ProcessSeen) => void
  /** The service at the other end, `namespace/name`. */
  readonly peerOf: (flow: Flow) => string | undefined
  readonly listening: (listener: Listener) => void
  /** Rows of each kind that are kept. */
  readonly limit: number
}

const notOpen: ReadonlySet<TcpState> = new Set(['syn-sent', 'syn-recv', 'closed', 'unknown'])

/** What one flow adds to. */
interface Places {
  readonly owner: Owner
  readonly peerService: string | undefined
  readonly process: Tally
  readonly peer: Tally
}

/** Takes what a source says in an interval, and makes a reading of it. */
export class Gatherer implements Sink {
  readonly #settings: GathererSettings
  #interval: Interval

  constructor(settings: GathererSettings) {
    this.#settings = settings
    this.#interval = new Interval(settings)
  }

  process(seen: ProcessSeen): void {
    this.#settings.seen(seen)
  }

  connection(increment: Increment): void {
    this.#interval.connection(increment)
  }

  listener(listener: Listener): void {
    this.#settings.listening(listener)
    this.#interval.listener(listener)
  }

  rejection(rejection: Rejection): void {
    this.#interval.rejected += rejection.rejects
  }

  open(connection: OpenConnection): void {
    this.#interval.open(connection)
  }

  /** What came since the last call. */
  take(): Omit<Reading, 'host' | 'source' | 'endMs' | 'seconds' | 'lost'> {
    const interval = this.#interval
    this.#interval = new Interval(this.#settings)
    return interval.read()
  }
}

class Interval {
  readonly #settings: GathererSettings
  readonly #total = new Tally()
  /** Of connections that are open still. */
  readonly #open = new Tally()
  readonly #processes: Groups<ProcessRow>
  readonly #peers: Groups<PeerRow>
  readonly #listeners: Listeners
  readonly #connections: MostActive<ConnectionRow>
  readonly #connectionRest: Rest = { rows: 0, tally: new Tally() }
  readonly #owners = new Map<string, Owner>()
  /** A source hands out one object for equal flows. */
  readonly #places = new Map<Flow, Places>()
  rejected = 0

  constructor(settings: GathererSettings) {
    this.#settings = settings
    this.#processes = new Groups(settings.limit)
    this.#peers = new Groups(settings.limit)
    this.#listeners = new Listeners(settings.limit)
    this.#connections = new MostActive(
      settings.limit,
      ({ connection }) => connection.bytesTx + connection.bytesRx,
      ({ connection }) => {
        this.#connectionRest.rows += 1
        addOpen(this.#connectionRest.tally, connection)
      },
    )
  }

  connection(increment: Increment): void {
    const { process, peer } = this.#placesOf(increment.flow)
    this.#total.add(increment)
    process.add(increment)
    peer.add(increment)
  }

  listener(listener: Listener): void {
    this.#listeners.add(listener, () => this.#ownerOf(listener.flow.process))
  }

  open(connection: OpenConnection): void {
    const { owner, peerService, process, peer } = this.#placesOf(connection.flow)
    addOpen(this.#open, connection)
    this.#connections.add({ owner, peerService, connection })
    if (notOpen.has(connection.state)) return
    for (const tally of [this.#total, process, peer]) tally.open += 1
    this.#listeners.open(connection)
  }

  read(): ReturnType<Gatherer['take']> {
    const ended = new Tally()
    ended.addAll(this.#total)
    ended.open = 0
    // What is open was read together with its growth, so the rest of the growth is of what has ended.
    for (const field of ['bytesTx', 'bytesRx', 'pktsTx', 'pktsRetr'] as const) {
      ended[field] = Math.max(0, ended[field] - this.#open[field])
    }
    return {
      total: this.#total,
      rejected: this.rejected,
      processes: this.#processes.rows(),
      connections: this.#connections.take(),
      peers: this.#peers.rows(),
      listeners: this.#listeners.rows(),
      rest: {
        process: this.#processes.rest,
        connection: this.#connectionRest,
        peer: this.#peers.rest,
        listener: this.#listeners.rest,
      },
      ended,
    }
  }

  #placesOf(flow: Flow): Places {
    const known = this.#places.get(flow)
    if (known !== undefined) return known
    const owner = this.#ownerOf(flow.process)
    const { role, servicePort: port, remoteAddress: address } = flow
    const peerService = this.#settings.peerOf(flow)
    const places = {
      owner,
      peerService,
      process: this.#processes.tallyOf(keyOf(flow.process), () => ({ owner, tally: new Tally() })),
      peer: this.#peers.tallyOf(`${role} ${port} ${address}`, () => ({
        role,
        port,
        address,
        service: peerService,
        tally: new Tally(),
      })),
    }
    // Finding the places again costs time, keeping all of them memory.
    if (this.#places.size < this.#settings.limit * 4) this.#places.set(flow, places)
    return places
  }

  #ownerOf(process: ProcessKey): Owner {
    const key = keyOf(process)
    const owner = this.#owners.get(key) ?? this.#settings.ownerOf(process)
    if (this.#owners.size < this.#settings.limit) this.#owners.set(key, owner)
    return owner
  }
}

function keyOf({ pid, startTime, cgroupId }: ProcessKey): string {
  return pid === 0 ? `0 ${cgroupId}` : `${pid} ${startTime}`
}

function addOpen(tally: Tally, connection: OpenConnection): void {
  if (!notOpen.has(connection.state)) tally.open += 1
  tally.bytesTx += connection.bytesTx
  tally.bytesRx += connection.bytesRx
  tally.pktsTx += connection.pktsTx
  tally.pktsRetr += connection.pktsRetr
  if (connection.srttUs >= 0) tally.addRtt(connection.srttUs)
}
