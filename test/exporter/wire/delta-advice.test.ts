import { status } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { otlpConfig } from '../../../src/exporter/otlp/config.ts'
import { OtlpExporter } from '../../../src/exporter/otlp/exporter.ts'
import { otlpHttpConfig } from '../../../src/exporter/otlphttp/config.ts'
import { OtlpHttpExporter } from '../../../src/exporter/otlphttp/exporter.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { OtlpHttpReceiver } from '../../support/otlp-http-server.ts'
import { type Answer, OtlpReceiver } from '../../support/otlp-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

/** As Prometheus 3.15 says it. */
const refusal = 'invalid temporality and type combination for metric "nettracer.bytes_tx"'

async function overHttp(code: number, body: string) {
  const headers = { 'content-type': 'text/plain; charset=utf-8' }
  const server = await OtlpHttpReceiver.start({ answer: () => ({ status: code, headers, body }) })
  onTestFinished(() => server.stop())
  const recorded = recordedSettings('otlphttp')
  const endpoint = `http://127.0.0.1:${server.port}`
  const config = otlpHttpConfig.parse({ endpoint, temporality_preference: 'delta' })
  return { recorded, exporter: new OtlpHttpExporter(recorded.settings, config, {}) }
}

async function overGrpc(answer: Answer) {
  const server = await OtlpReceiver.start({ answer: () => answer })
  onTestFinished(() => server.stop())
  const recorded = recordedSettings('otlp')
  const config = otlpConfig.parse({
    endpoint: `127.0.0.1:${server.port}`,
    tls: { insecure: true },
    temporality_preference: 'delta',
  })
  return { recorded, exporter: new OtlpExporter(recorded.settings, config) }
}

test.each([
  ['HTTP 500', async () => overHttp(500, refusal)],
  ['HTTP 400', async () => overHttp(400, refusal)],
  ['gRPC', async () => overGrpc({ code: status.INVALID_ARGUMENT, message: refusal })],
  [
    'a partial success',
    async () => overGrpc({ partialSuccess: { rejectedDataPoints: 1, errorMessage: refusal } }),
  ],
])('deltas that are refused by %s make one line that says what to set', async (_by, made) => {
  const { recorded, exporter } = await made()
  await exporter.start()
  exporter.consume(metricsOf(resource([manyPoints(1)])))
  await exporter.shutdown()
  const [line, ...more] = recorded.lines.filter(({ level }) => /warn|error/.test(level))
  expect(more).toEqual([])
  expect(String(line?.fields['reason'])).toContain(refusal)
  expect(String(line?.fields['advice'])).toContain('temporality_preference: cumulative')
})

test('another refusal has no advice', async () => {
  const { recorded, exporter } = await overHttp(400, 'out of order sample')
  await exporter.start()
  exporter.consume(metricsOf(resource([manyPoints(1)])))
  await exporter.shutdown()
  expect(recorded.lines.map(({ fields }) => fields['advice'])).toEqual([undefined])
})
