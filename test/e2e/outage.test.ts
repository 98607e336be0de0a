import { describe, expect, test } from 'vitest'
import { runOutages } from '../../bench/outage.ts'
import { otelcolIsThere } from '../support/otelcol.ts'

/** `npm run bench -- outage` takes ten minutes, with outages of a minute. */
describe.skipIf(!(await otelcolIsThere()))('a Collector that is away in every way', () => {
  test('no point is lost, and each time the way back takes less than 10 s', async () => {
    const result = await runOutages({
      outageMs: 4000,
      intervalMs: 1000,
      points: 2000,
      services: 100,
      timeout: '2s',
    })
    expect(result.points).toBeGreaterThan(2000 * 20)
    expect(result.lost).toBe(0)
    for (const [name, ms] of result.recoveryMs) expect(ms, name).toBeLessThan(10_000)
    expect([...result.recoveryMs.keys()]).toHaveLength(5)
    expect(result.mostOnDisk).toBeGreaterThan(3)
    expect(result.rssMostMib).toBeLessThan(300)
    const lost = Object.entries(result.readings).filter(([name]) =>
      /^nettracer\.exporter\.(failed|dropped|rejected)_points|storage\.errors/.test(name),
    )
    expect(lost).toEqual([])
  })
})
