import { type Cidr, cidrOf } from './cidr.ts'
import type { PeerService } from './peer-names.ts'
import { PrefixTable } from './prefix-table.ts'

/** A service by where it is. */
export interface ConfiguredService {
  readonly cidrs: readonly string[]
  /** Those it listens on; absent: any, and it may also be a client. */
  readonly ports?: readonly number[] | undefined
  readonly name: string
  readonly namespace?: string | undefined
}

interface Candidate {
  readonly cidr: Cidr
  readonly ports: ReadonlySet<number> | undefined
  readonly service: PeerService
}

/** Names that the configuration gives: of those that fit the longest CIDR counts, then one with ports, then the first. */
export class ConfiguredServices {
  /** All that may fit an address, the best first. */
  readonly #candidates: PrefixTable<readonly Candidate[]>

  constructor(services: readonly ConfiguredService[]) {
    const all = services.flatMap(candidatesOf)
    const holding = (inner: Cidr) => {
      const table = (outer: Candidate) => new PrefixTable([[outer.cidr, true]])
      return all.filter(
        (outer) =>
          outer.cidr.family === inner.family &&
          outer.cidr.prefixLength <= inner.prefixLength &&
          table(outer).find(inner.address) === true,
      )
    }
    this.#candidates = new PrefixTable(
      all.map(({ cidr }) => [cidr, holding(cidr).toSorted(byPrecedence)]),
    )
  }

  /**
   * @param address of the other side, as `formatAddress` writes it
   * @param port likewise; absent if it is any
   */
  find(address: string, port: number | undefined): PeerService | undefined {
    return this.#candidates
      .find(address)
      ?.find(({ ports }) => ports === undefined || (port !== undefined && ports.has(port)))?.service
  }
}

function candidatesOf({ cidrs, ports, name, namespace }: ConfiguredService): Candidate[] {
  return cidrs.map((text) => ({
    cidr: cidrOf(text),
    ports: ports && new Set(ports),
    service: { name, ...(namespace !== undefined && { namespace }) },
  }))
}

function byPrecedence(one: Candidate, other: Candidate): number {
  return (
    other.cidr.prefixLength - one.cidr.prefixLength ||
    Number(one.ports === undefined) - Number(other.ports === undefined)
  )
}
