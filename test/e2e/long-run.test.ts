import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runLong } from '../../bench/long-run.ts'
import { median } from '../../bench/measurement.ts'

/** `npm run bench long` takes ten minutes. */
const seconds = Number(process.env['NETTRACER_LONG_RUN_SECONDS'] ?? 60)
/** A minute is too short to tell a leak from what V8 has not collected yet, but not from one that matters. */
const allowedGrowthMib = 16
const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

test('namespaces and processes come and go: nothing is lost, coverage is 1, memory does not grow', {
  timeout: (seconds + 120) * 1000,
}, async () => {
  // Into the file alone: what a page for Prometheus holds is not level before series expire.
  const run = await runLong(seconds, { program, exporters: {} })

  expect(run.connections).toBeGreaterThan(100 * (seconds / 10))
  expect(run.losses.get('nettracer.exporter.ring.lost')).toBe(0)
  expect([...run.losses.values()].every((lost) => lost === 0)).toBe(true)
  expect([...run.coverage.keys()].toSorted()).toEqual(expect.arrayContaining(['opens', 'segments']))
  for (const [counter, ratios] of run.coverage) {
    expect(Math.abs(median(ratios) - 1), `coverage of ${counter}`).toBeLessThan(0.001)
  }
  const [first = Number.NaN, , last = Number.NaN] = run.rssThirds
  expect(last - first, 'MiB').toBeLessThan(allowedGrowthMib)
})
