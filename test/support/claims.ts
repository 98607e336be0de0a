import { expect } from 'vitest'
import type { MetricName } from '../../src/generated/metrics.ts'
import { type Absence, inetDiagAbsences } from '../../src/source/absences.ts'
import type { Points } from './agent-points.ts'
import type { Observed } from './observed.ts'

type Value = number | readonly [least: number, most: number]

/** What a source must say of a metric, if src/source/absences.ts does not say that it cannot. */
export interface Claim {
  readonly metric: MetricName
  /** Attributes of the points or of their resource. */
  readonly where: Readonly<Record<string, string | number>>
  readonly transport?: 'tcp' | 'udp'
  /** Of a histogram the sum, if `ofSum`, else the count. */
  readonly value: Value
  readonly ofSum?: boolean
  /** What the less exact source says, where absences.ts says that it is less exact. */
  readonly lessExact?: Value
}

/** Metrics that claims were made of, by source. */
export const claimed: Record<Observed['source'], Set<MetricName>> = {
  ebpf: new Set(),
  inet_diag: new Set(),
}

export function expectClaims(seen: Observed, claims: readonly Claim[]): void {
  for (const claim of claims) {
    claimed[seen.source].add(claim.metric)
    expectClaim(seen, claim)
  }
}

function expectClaim(seen: Observed, claim: Claim): void {
  const { metric, transport = 'tcp', value, ofSum, lessExact } = claim
  const found = seen.points.where(wanted(claim, transport)).named(metric)
  const absences = seen.source === 'inet_diag' ? absencesOf(metric, transport) : []
  const what = `${metric} of ${JSON.stringify(claim.where)}`
  if (absences.some(({ isWhole }) => isWhole)) {
    expectAbsent(found, what)
    return
  }
  const total = ofSum ? found.histogram(metric).sum : found.total(metric)
  const expected = absences.length === 0 ? value : (lessExact ?? value)
  expectWithin(found.all.length === 0 ? 0 : total, expected, what)
}

/** What src/source/absences.ts has of a metric: with none of it a claim must hold as it is. */
function absencesOf(metric: MetricName, transport: string): Absence[] {
  return inetDiagAbsences.filter(
    (one) => one.metrics.includes(metric) && (one.transport ?? transport) === transport,
  )
}

function wanted({ where }: Claim, transport: string): Record<string, string> {
  const texts = Object.entries(where).map(([key, one]) => [key, String(one)])
  return { ...Object.fromEntries(texts), 'network.transport': transport }
}

function expectAbsent(found: Points, what: string): void {
  expect(found.all, `${what} is absent`).toEqual([])
}

function expectWithin(total: number, value: Value, what: string): void {
  const [least, most] = typeof value === 'number' ? [value, value] : value
  expect(total, what).toBeGreaterThanOrEqual(least)
  expect(total, what).toBeLessThanOrEqual(most)
}
