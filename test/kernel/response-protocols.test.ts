import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createNamespace, execIn } from '../support/netns.ts'
import { responseSum } from '../support/response-times.ts'
import { watch } from '../support/source.ts'

const script = fileURLToPath(new URL('../support/http-exchanges.ts', import.meta.url))
const rounds = 40
const thinkMs = 10

test.each([
  // A frame of its own for what both sides agree on: an exchange of no think time more at most.
  { version: 1, extra: 0 },
  { version: 2, extra: 3 },
])('HTTP/$version: as many values as requests, as long as Node measures', async (given) => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const output = await execIn(
    namespace,
    ...[process.execPath, script, String(given.version), String(rounds), String(thinkMs)],
  )
  const truth = JSON.parse(output) as { port: number; client: number; server: number }
  await seen.collect()

  for (const role of ['client', 'server'] as const) {
    const { count, sumNs, maxNs } = responseSum(seen.responses({ port: truth.port, role }))
    expect(count).toBeGreaterThanOrEqual(rounds)
    expect(count).toBeLessThanOrEqual(rounds + given.extra)
    // Timers of Node may be a millisecond early.
    expect(sumNs).toBeGreaterThanOrEqual(rounds * (thinkMs - 1) * 1e6)
    expect(maxNs).toBeGreaterThanOrEqual((thinkMs - 1) * 1e6)
    // Node reads its clock behind its event loop, so what it measures is longer, if anything.
    expect(sumNs).toBeLessThanOrEqual(truth[role] + rounds * 1e6)
  }
})
