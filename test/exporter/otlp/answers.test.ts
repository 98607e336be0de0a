import { status } from '@grpc/grpc-js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { otlpConfig } from '../../../src/exporter/otlp/config.ts'
import { OtlpExporter } from '../../../src/exporter/otlp/exporter.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { type Answer, OtlpReceiver, retryInfo } from '../../support/otlp-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'
import { sumPoints } from '../../support/sum-points.ts'

const pointsOfRequest = 10

/** What a backend may say, and what is then true of the points of that request. */
const answers = {
  taken: {},
  'taken in part': { partialSuccess: { rejectedDataPoints: 3, errorMessage: 'too old' } },
  UNAVAILABLE: { code: status.UNAVAILABLE },
  ABORTED: { code: status.ABORTED },
  'UNAVAILABLE, back in 1 ms': { code: status.UNAVAILABLE, details: retryInfo(0, 1e6) },
  'RESOURCE_EXHAUSTED, back in 2 ms': {
    code: status.RESOURCE_EXHAUSTED,
    details: retryInfo(0, 2e6),
  },
  RESOURCE_EXHAUSTED: { code: status.RESOURCE_EXHAUSTED },
  PERMISSION_DENIED: { code: status.PERMISSION_DENIED },
} satisfies Record<string, Answer>

type Word = keyof typeof answers
const words = Object.keys(answers) as Word[]
const final: ReadonlySet<Word> = new Set(['RESOURCE_EXHAUSTED', 'PERMISSION_DENIED'])

async function run(script: readonly Word[], requests: number) {
  const said = new Map<Word, number>()
  const next = [...script]
  const server = await OtlpReceiver.start({
    answer: () => {
      const word = next.shift() ?? 'taken'
      said.set(word, (said.get(word) ?? 0) + 1)
      return answers[word]
    },
  })
  const recorded = recordedSettings('otlp')
  const exporter = new OtlpExporter(
    recorded.settings,
    otlpConfig.parse({
      endpoint: `127.0.0.1:${server.port}`,
      tls: { insecure: true },
      retry_on_failure: { initial_interval: '1ms', max_interval: '3ms', max_elapsed_time: '0s' },
      sending_queue: { num_consumers: 3 },
      timeout: '20s',
    }),
  )
  await exporter.start()
  for (let at = 0; at < requests; at += 1) {
    exporter.consume(metricsOf(resource([manyPoints(pointsOfRequest, at * pointsOfRequest)])))
  }
  await exporter.shutdown()
  server.stop()
  const readings = Object.entries(await recorded.readings())
  const count = (name: string) =>
    readings
      .filter(([key]) => key.startsWith(`nettracer.exporter.${name}`))
      .reduce((sum, [, value]) => sum + value, 0)
  const values = server.received.flatMap(({ request }) => sumPoints(request))
  return {
    said: (word: Word) => said.get(word) ?? 0,
    count,
    values: values.map((one) => one.value),
  }
}

test('whatever a backend answers, each point comes once or is counted once', async () => {
  const script = fc.array(fc.constantFrom(...words), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(script, fc.integer({ min: 1, max: 8 }), async (said, requests) => {
      const result = await run(said, requests)
      expect(new Set(result.values).size).toBe(result.values.length)
      const lost = [...final].reduce((sum, word) => sum + result.said(word), 0) * pointsOfRequest
      expect(result.values).toHaveLength(requests * pointsOfRequest - lost)
      const rejected = result.said('taken in part') * 3
      expect({
        sent: result.count('sent_points'),
        rejected: result.count('rejected_points'),
        failed: result.count('failed_points'),
        dropped: result.count('dropped_points'),
      }).toEqual({
        sent: requests * pointsOfRequest - lost - rejected,
        rejected,
        failed: lost,
        dropped: 0,
      })
    }),
    { numRuns: 60 },
  )
})
