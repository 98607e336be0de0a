import { resourceFromAttributes } from '@opentelemetry/resources'
import fc from 'fast-check'
import type { Flow } from '../../src/connection/flow.ts'
import { type MetricName, metrics } from '../../src/generated/metrics.ts'
import type { Temporality } from '../../src/model/metrics.ts'
import type { Collected, SelectedMetric, SeriesSettings } from '../../src/series/index.ts'
import { flow, increment, listener, processKey, rejection } from '../support/increment.ts'
import type { WholeStore } from '../support/whole-store.ts'
import { at, type FlatPoint, pointsOf, store } from './support.ts'

const smallCount = fc.integer({ min: 0, max: 5 })
const pid = fc.integer({ min: 1, max: 4 })

const connectionEvent = fc.record({
  type: fc.constant('connection' as const),
  pid,
  peer: fc.integer({ min: 1, max: 30 }),
  bytes: fc.oneof(smallCount, fc.integer({ min: 0, max: 1e9 })),
  pkts: smallCount,
  rare: smallCount,
  reason: fc.integer({ min: 0, max: 8 }),
  opens: fc.integer({ min: 0, max: 1 }),
  closes: fc.integer({ min: 0, max: 2 }),
  fails: fc.integer({ min: 0, max: 1 }),
  isMerged: fc.boolean(),
  /** The source forgot the flow and made its object anew. */
  isNewFlow: fc.boolean(),
})
type ConnectionEvent = typeof connectionEvent extends fc.Arbitrary<infer Value> ? Value : never

/** One thing that happens on a host with few processes, peers and ports. */
const event = fc.oneof(
  { weight: 8, arbitrary: connectionEvent },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('listener' as const), pid, overflows: smallCount }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('rejection' as const),
      port: fc.integer({ min: 0, max: 40 }),
      rejects: smallCount,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('collection' as const),
      seconds: fc.constantFrom(10, 10, 10, 400),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('death' as const), pid }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('other resource' as const), pid }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('other name' as const),
      peer: fc.integer({ min: 1, max: 30 }),
      name: fc.integer({ min: 0, max: 3 }),
    }),
  },
)
export type WorldEvent = typeof event extends fc.Arbitrary<infer Value> ? Value : never

export const events: fc.Arbitrary<WorldEvent[]> = fc.array(event, { maxLength: 150, size: 'max' })

/** Each metric with some of its attributes. */
export const selections: fc.Arbitrary<SelectedMetric[]> = fc
  .array(fc.array(fc.nat(), { maxLength: 8 }), { minLength: 25, maxLength: 25 })
  .map((lists) =>
    Object.values(metrics).map(({ name, attributes }, place) => {
      const off = new Set((lists[place] ?? []).map((one) => attributes[one % attributes.length]))
      return { name, attributes: new Set(attributes.filter((one) => !off.has(one))) }
    }),
  )

/** Each metric with some of its attributes, and some with limits of their own. */
export const limitedSelections: fc.Arbitrary<SelectedMetric[]> = fc
  .tuple(selections, fc.array(fc.option(fc.integer({ min: 1, max: 6 })), { minLength: 30 }))
  .map(([selection, limits]) =>
    selection.map((selected, place) => {
      const limit = limits[place % limits.length] ?? undefined
      return { ...selected, ...(limit !== undefined && { limit }) }
    }),
  )

/** A host on which things happen, and which knows what the store was told. */
export class World {
  readonly store: WholeStore
  /** Sum of what was told of a metric: its amount, or the number of its values. */
  readonly told = new Map<MetricName, number>()
  /** Connections open now. */
  open = 0
  second = 0
  readonly #dead = new Set<number>()
  readonly #generations = new Map<number, number>()
  readonly #names = new Map<string, string>()
  #namesEpoch = 0
  /** Peers whose flows were made anew with open connections, as a full table does: those keep their name here. */
  readonly #forgotten = new Set<number>()
  readonly #flows = new Map<string, Flow>()
  readonly #openOf = new Map<string, number>()

  constructor(
    selection: readonly SelectedMetric[],
    limit: number,
    part: Partial<SeriesSettings> = {},
  ) {
    this.store = store({
      ...part,
      metrics: selection,
      limit,
      temporalities: new Set<Temporality>(['cumulative', 'delta']),
      isAlive: (process) => !this.#dead.has(process.pid),
      resourceOf: (process) =>
        resourceFromAttributes({
          pid: process.pid,
          generation: this.#generations.get(process.pid) ?? 0,
        }),
      peerOf: ({ remoteAddress }) => {
        const name = this.#names.get(remoteAddress)
        return {
          'network.peer.address': remoteAddress,
          ...(name !== undefined && { 'server.service.name': name }),
        }
      },
      namesEpoch: () => this.#namesEpoch,
    })
  }

  /** Collects `seconds` after the last time. A long time is not without the end of what a dead process had open. */
  collect(seconds: number): ReturnType<WholeStore['collect']> {
    if (seconds > 100) this.#closeOfTheDead()
    this.second += seconds
    return this.store.collect(at(this.second))
  }

  /** The same in parts, and something happens between each two. */
  collectParts(seconds: number, between: () => void): Collected[] {
    if (seconds > 100) this.#closeOfTheDead()
    this.second += seconds
    const parts: Collected[] = []
    for (const part of this.store.collectParts(at(this.second))) {
      parts.push(part)
      between()
    }
    return parts
  }

  happen(one: Exclude<WorldEvent, { type: 'collection' }>): void {
    switch (one.type) {
      case 'connection':
        return this.#connection(one)
      case 'death':
        this.#dead.add(one.pid)
        return
      case 'other resource':
        this.#generations.set(one.pid, (this.#generations.get(one.pid) ?? 0) + 1)
        return
      case 'other name':
        if (this.#forgotten.has(one.peer)) return
        this.#names.set(`192.0.2.${one.peer}`, `name ${one.name}`)
        this.#namesEpoch += 1
        return
      case 'listener':
        this.store.listener(
          listener({
            flow: flow({ process: processKey(one.pid), role: 'server', servicePort: 80 }),
            overflows: one.overflows,
            synAcksRetransmitted: 1,
            oldestWaitMs: 0,
          }),
        )
        this.#tell('nettracer.rejects', one.overflows)
        this.#tell('nettracer.listen.overflows', one.overflows)
        this.#tell('nettracer.pkts_retr_syn', 1)
        return
      case 'rejection':
        this.store.rejection(
          rejection({ port: one.port, rejects: one.rejects, resets: one.rejects }),
        )
        this.#tell('nettracer.rejects', one.rejects)
        this.#tell('nettracer.resets', one.rejects)
    }
  }

  #connection(one: ConnectionEvent): void {
    const key = `${one.pid} ${one.peer}`
    const used = this.#flowOf(key, one)
    const before = this.#openOf.get(key) ?? 0
    const opened = this.#dead.has(one.pid) ? 0 : one.opens
    const closed = Math.min(one.closes, before + opened)
    const active = opened - closed
    this.#openOf.set(key, before + active)
    this.open += active
    const { bytes, pkts, rare, fails, isMerged, reason } = one
    this.store.connection(
      increment({
        flow: used,
        isMerged,
        opened,
        closed,
        failed: fails,
        active,
        bytesRx: bytes,
        bytesTx: 2 * bytes,
        pktsRx: pkts,
        pktsTx: pkts,
        pktsRetr: rare,
        pktsRetrSyn: rare,
        resetsTx: rare,
        resetsRx: rare,
        closeReason: reason,
        failureType: reason,
        srttUs: rare,
        durationNs: rare,
      }),
    )
    this.#tell('nettracer.bytes_rx', bytes)
    this.#tell('nettracer.bytes_tx', 2 * bytes)
    this.#tell('nettracer.pkts_rx', pkts)
    this.#tell('nettracer.pkts_tx', pkts)
    this.#tell('nettracer.pkts_retr', rare)
    this.#tell('nettracer.pkts_retr_syn', rare)
    this.#tell('nettracer.resets', 2 * rare)
    this.#tell('nettracer.connections.opened', opened)
    this.#tell('nettracer.connections.closed', closed)
    this.#tell('nettracer.connections.failed', fails)
    const isSession = !isMerged && fails === 0
    const isActive = isSession && (pkts > 0 || closed > 0)
    this.#tell('nettracer.connection.duration', isSession ? 1 : 0)
    this.#tell('nettracer.rtt', isActive ? 1 : 0)
    this.#tell('nettracer.session.bytes_rx', isActive ? 1 : 0)
    this.#tell('nettracer.session.bytes_tx', isActive ? 1 : 0)
  }

  #flowOf(key: string, { pid, peer, isNewFlow }: ConnectionEvent): Flow {
    const remoteAddress = `192.0.2.${peer}`
    const isOpen = (this.#openOf.get(key) ?? 0) > 0
    const isForgotten = isNewFlow && !(isOpen && this.#names.has(remoteAddress))
    if (isForgotten && isOpen) this.#forgotten.add(peer)
    const known = isForgotten ? undefined : this.#flows.get(key)
    const used = known ?? flow({ process: processKey(pid), remoteAddress })
    this.#flows.set(key, used)
    return used
  }

  #closeOfTheDead(): void {
    for (const [key, open] of this.#openOf) {
      const used = this.#flows.get(key)
      if (open === 0 || used === undefined || !this.#dead.has(used.process.pid)) continue
      this.store.connection(increment({ flow: used, active: -open }))
      this.#openOf.set(key, 0)
      this.open -= open
    }
  }

  #tell(name: MetricName, by: number): void {
    this.told.set(name, (this.told.get(name) ?? 0) + by)
  }
}

/** What a backend makes of a metric: the last value of each cumulative series, and the sum of all deltas. */
export class Backend {
  readonly #last = new Map<string, number>()
  #delta = 0

  /** @returns the keys of the cumulative points, to see whether two series have the same */
  take(collected: ReturnType<WholeStore['collect']>, name: MetricName): string[] {
    const points = pointsOf(collected.get('cumulative'), name)
    for (const point of points) this.#last.set(keyOf(point), amountOf(point))
    for (const point of pointsOf(collected.get('delta'), name)) this.#delta += amountOf(point)
    return points.map(keyOf)
  }

  get cumulative(): number {
    return [...this.#last.values()].reduce((sum, one) => sum + one, 0)
  }

  get delta(): number {
    return this.#delta
  }
}

export function amountOf({ value }: FlatPoint): number {
  return typeof value === 'number' ? value : value.count
}

function keyOf({ resource, attributes, startTime }: FlatPoint): string {
  return JSON.stringify([resource, Object.entries(attributes).map(String).sort(), startTime])
}
