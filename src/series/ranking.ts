import type { Increment } from '../connection/increment.ts'

/** Of what those series have the most that are kept apart. */
export type Ranking = 'bytes' | 'retransmissions' | 'connections'

interface Worth {
  readonly connection: (increment: Increment) => number
  /** Of one refused SYN. */
  readonly rejection: number
}

/** Of two without what is asked for, the one with more bytes is kept, so a byte is worth next to nothing, not nothing. */
const byteWorth = 1e-12

const bytesOf = ({ bytesRx, bytesTx }: Increment) => bytesRx + bytesTx

export const worths: Readonly<Record<Ranking, Worth>> = {
  // 60 bytes are what a SYN is on the wire.
  bytes: { connection: bytesOf, rejection: 60 },
  retransmissions: {
    connection: (increment) => increment.pktsRetr + bytesOf(increment) * byteWorth,
    rejection: 0,
  },
  connections: {
    connection: (increment) =>
      increment.opened + increment.closed + increment.failed + bytesOf(increment) * byteWorth,
    rejection: 1,
  },
}

interface Weighed {
  readonly weight: number
}

export interface Exchange<Leaving, Entering> {
  readonly leaving: Leaving
  readonly entering: Entering
}

/**
 * Who gives its place to whom: the lightest of the kept to the heaviest of the waiting, as long as the latter has
 * more than twice its weight. Without that margin two series of like weight would take turns, and each turn
 * starts a series anew.
 *
 * @param most exchanges in one go: a scan that touches every series once must not replace them all
 */
export function chooseExchanges<Leaving extends Weighed, Entering extends Weighed>(
  kept: Iterable<Leaving>,
  waiting: Iterable<Entering>,
  most: number,
): Exchange<Leaving, Entering>[] {
  const entering = [...waiting].sort((one, other) => other.weight - one.weight).slice(0, most)
  const heaviest = entering[0]?.weight ?? 0
  const leaving = [...kept]
    .filter(({ weight }) => 2 * weight < heaviest)
    .sort((one, other) => one.weight - other.weight)

  const exchanges: Exchange<Leaving, Entering>[] = []
  for (const [at, candidate] of entering.entries()) {
    const lightest = leaving[at]
    if (lightest === undefined || candidate.weight <= 2 * lightest.weight) break
    exchanges.push({ leaving: lightest, entering: candidate })
  }
  return exchanges
}
