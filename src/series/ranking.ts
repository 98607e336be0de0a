import type { Route } from './route.ts'

export interface Exchange {
  readonly leaving: Route
  readonly entering: Route
}

/**
 * Who gives its place to whom: the lightest of the kept to the heaviest of the waiting, as long as the latter has
 * more than twice its weight. Without that margin two series of like weight would take turns, and each turn
 * starts a series anew.
 *
 * @param most exchanges in one go: a scan that touches every series once must not replace them all
 */
export function chooseExchanges(
  kept: Iterable<Route>,
  waiting: Iterable<Route>,
  most: number,
): Exchange[] {
  const entering = [...waiting].sort((one, other) => other.weight - one.weight).slice(0, most)
  const heaviest = entering[0]?.weight ?? 0
  const leaving = [...kept]
    .filter(({ weight }) => 2 * weight < heaviest)
    .sort((one, other) => one.weight - other.weight)

  const exchanges: Exchange[] = []
  for (const [at, candidate] of entering.entries()) {
    const lightest = leaving[at]
    if (lightest === undefined || candidate.weight <= 2 * lightest.weight) break
    exchanges.push({ leaving: lightest, entering: candidate })
  }
  return exchanges
}
