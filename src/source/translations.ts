import { formatAddress } from '../shared/addresses.ts'
import { type Edge, type Side, side } from './edge-columns.ts'
import type { NatTable } from './nat-table.ts'
import type { Tuple } from './tuple.ts'

/** By {@link Side}: what its end reached, where its socket has another address. */
type Reached = readonly [client: string | undefined, server: string | undefined]

/** What address translation did to connections. */
export class Translations {
  readonly #nat: NatTable | undefined
  /** Of edges that are not told by the addresses of their flow. */
  readonly #reached = new Map<Edge, Reached>()

  constructor(nat?: NatTable) {
    this.#nat = nat
  }

  /** Whether there are any. */
  get isInUse(): boolean {
    return this.#reached.size > 0 || (this.#nat !== undefined && this.#nat.size > 0)
  }

  /** From the tuple of one end to that of the other. @returns whether it was translated */
  follow(tuple: Tuple, from: Side): boolean {
    if (this.#nat === undefined || this.#nat.size === 0) return false
    return from === side.client ? this.#nat.forward(tuple) : this.#nat.backward(tuple)
  }

  has(edge: Edge): boolean {
    return this.#reached.has(edge)
  }

  /** @param dialled the tuple of the client @param seen that of the server */
  add(edge: Edge, dialled: Tuple, seen: Tuple): void {
    this.#reached.set(edge, [
      dialled.hasServerOf(seen) ? undefined : formatAddress(seen.serverAddress),
      dialled.hasClientOf(seen) ? undefined : formatAddress(dialled.clientAddress),
    ])
  }

  remove(edge: Edge): void {
    if (this.#reached.size > 0) this.#reached.delete(edge)
  }

  /** `undefined` if it is what its socket has. */
  reachedFrom(edge: Edge, of: Side): string | undefined {
    return this.#reached.size > 0 ? this.#reached.get(edge)?.[of] : undefined
  }

  /** Ends a collection. */
  renew(): void {
    this.#nat?.renew(performance.now())
  }
}
