import { expect, test } from 'vitest'
import { createNamespace } from '../support/netns.ts'
import { startPostgresql } from '../support/postgresql.ts'
import { percentileError, responseSum } from '../support/response-times.ts'
import { watch } from '../support/source.ts'

const transactions = 120
/** Half a bucket of scale 3, and 3 % for what either side does between its own reading of the clock and the socket. */
const tolerance = 2 ** (0.5 / 8) - 1 + 0.03
const script = String.raw`\set ms random(10, 60)
select pg_sleep(:ms / 1000.0);
`

const total = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0)

test.each([
  { protocol: 'simple', stepsBefore: 0, steps: 1 },
  { protocol: 'extended', stepsBefore: 0, steps: 3 },
  { protocol: 'prepared', stepsBefore: 1, steps: 2 },
])('PostgreSQL, $protocol protocol: what pgbench and the server say', async (given) => {
  const { protocol, stepsBefore, steps } = given
  const namespace = await createNamespace()
  const postgresql = await startPostgresql(namespace)
  const { port } = postgresql
  const seen = await watch([namespace])
  const asked = await postgresql.bench(script, transactions, '-M', protocol)
  const server = await postgresql.stop()
  await seen.collectUntil(() => seen.sum({ port, role: 'server' }).active === 0)

  expect(asked).toHaveLength(transactions)
  expect(server.times).toHaveLength(stepsBefore + transactions * steps)
  const answered = asked.map((_, at) =>
    total(server.times.slice(stepsBefore + at * steps, stepsBefore + (at + 1) * steps)),
  )
  // A connection begins with an exchange, and pgbench makes one just to look at the server.
  for (const [all, truth, extra] of [
    [seen.responses({ port, role: 'client' }), asked, 2 + stepsBefore],
    [seen.responses({ port, role: 'server', pid: server.pid }), answered, 1 + stepsBefore],
  ] as const) {
    const { count, sumNs, maxNs } = responseSum(all)
    expect(count).toBe(transactions + extra)
    expect(sumNs).toBeGreaterThan(total(truth) * 0.97)
    expect(sumNs).toBeLessThan(total(truth) * 1.03 + extra * maxNs)
    expect(
      percentileError(
        all,
        truth.toSorted((a, b) => a - b),
      ),
    ).toBeLessThan(tolerance)
  }
})
