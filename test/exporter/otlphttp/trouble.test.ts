import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { type HttpAnswer, OtlpHttpReceiver } from '../../support/otlp-http-server.ts'
import { pointsOfOtlp } from '../../support/otlp-points.ts'
import { exporterWith, points } from './exporting.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** Ways to take nothing, in turn with taking it. */
const troubles: ((response: ServerResponse) => HttpAnswer)[] = [
  () => ({ status: 503 }),
  () => ({ status: 429, headers: { 'retry-after': '0' } }),
  (response) => {
    response.destroy()
    return {}
  },
  (response) => {
    response.writeHead(502, { 'content-length': '10' }).write('half')
    setTimeout(() => response.destroy(), 1)
    return {}
  },
  () => ({ status: 504, headers: { connection: 'close' } }),
]

test.each([
  { encoding: 'proto', num_consumers: 1 },
  { encoding: 'json', num_consumers: 10 },
] as const)(
  'of a backend in trouble ($encoding, $num_consumers at a time) each point is taken once',
  async ({ encoding, num_consumers }) => {
    const taken: number[] = []
    const server: OtlpHttpReceiver = await OtlpHttpReceiver.start({
      answer: (count, response) => {
        const trouble = troubles[count % (troubles.length + 2)]
        if (trouble !== undefined) return trouble(response)
        taken.push(count - 1)
        return {}
      },
    })
    cleanups.push(() => server.stop())
    const { exporter, count } = exporterWith({
      endpoint: `http://127.0.0.1:${server.port}`,
      encoding,
      sending_queue: { num_consumers },
      retry_on_failure: { initial_interval: '2ms', max_interval: '5ms', max_elapsed_time: '0s' },
    })
    await exporter.start()
    cleanups.push(() => exporter.shutdown())
    for (let at = 0; at < 60; at += 1) exporter.consume(points(10, at * 10))
    await expect.poll(() => count('sent_points'), { timeout: 20_000 }).toBe(600)

    expect(taken).toHaveLength(60)
    const values = server.requestsAt(taken).flatMap((request) => pointsOfOtlp(request))
    expect(new Set(values.map((value) => JSON.stringify(value))).size).toBe(600)
    expect(await count('failed_points')).toBe(0)
  },
)
