import { uncompress } from 'snappyjs'
import { expect, onTestFinished, test } from 'vitest'
import type { z } from 'zod'
import { remoteWriteConfig } from '../../../src/exporter/prometheusremotewrite/config.ts'
import { RemoteWriteExporter } from '../../../src/exporter/prometheusremotewrite/exporter.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { type HttpAnswer, OtlpHttpReceiver } from '../../support/otlp-http-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

type Input = Partial<z.input<typeof remoteWriteConfig>>

async function writing(answer: (count: number) => HttpAnswer, config: Input = {}) {
  const receiver = await OtlpHttpReceiver.start({ answer })
  const recorded = recordedSettings('rw')
  const parsed = remoteWriteConfig.parse({
    endpoint: `http://127.0.0.1:${receiver.port}/api/v1/write`,
    ...config,
  })
  const exporter = new RemoteWriteExporter(recorded.settings, parsed, {})
  await exporter.start()
  onTestFinished(async () => {
    await exporter.shutdown()
    receiver.stop()
  })
  const counts = async () => {
    const readings = await recorded.readings()
    const count = (name: string, more = '') =>
      readings[`nettracer.exporter.${name}{otel.component.name=rw${more}}`] ?? 0
    return {
      sent: count('sent_points'),
      failed: count('failed_points'),
      retries: count('retries', ',nettracer.signal=metrics'),
    }
  }
  return { exporter, receiver, recorded, counts }
}

const one = () => metricsOf(resource([manyPoints(1)]))

test.each([
  ['prometheus.WriteRequest', 'application/x-protobuf', '0.1.0'],
  [
    'io.prometheus.write.v2.Request',
    'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    '2.0.0',
  ],
] as const)('%s is sent with the headers of its version', async (message, type, version) => {
  const { exporter, receiver } = await writing(() => ({ status: 204 }), {
    protobuf_message: message,
    headers: { authorization: 'Bearer x' },
  })
  exporter.consume(one())
  await exporter.shutdown()
  const [request] = receiver.received
  expect(request?.path).toBe('/api/v1/write')
  expect(request?.headers).toMatchObject({
    'content-type': type,
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': version,
    'user-agent': 'otel-nettracer/1.2.3',
    authorization: 'Bearer x',
  })
  expect(Buffer.from(uncompress(request?.body ?? Buffer.alloc(0))).toString()).toContain('__name__')
})

test.each([500, 502, 503, 429])('%i is tried again after Retry-After', async (status) => {
  const { exporter, receiver, counts } = await writing(
    (count) => (count === 1 ? { status, headers: { 'retry-after': '0' } } : { status: 200 }),
    { retry_on_failure: { initial_interval: '10ms' }, timeout: '20s' },
  )
  exporter.consume(one())
  await expect.poll(async () => receiver.received.length).toBe(2)
  await exporter.shutdown()
  expect(await counts()).toEqual({ sent: 1, failed: 0, retries: 1 })
})

test.each([400, 401, 404, 415])(
  '%i is not tried again, and the words of the backend are in the log',
  async (status) => {
    const words = 'out of order sample'
    const { exporter, receiver, recorded, counts } = await writing(() => ({
      status,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: `${words}\n`,
    }))
    exporter.consume(one())
    await exporter.shutdown()
    expect(receiver.received).toHaveLength(1)
    expect(await counts()).toEqual({ sent: 0, failed: 1, retries: 0 })
    const errors = recorded.lines.filter(({ level }) => level === 'error')
    expect(errors).toHaveLength(1)
    expect(String(errors[0]?.fields['reason'])).toContain(words)
  },
)

test('a backend of 1.0 that gets 2.0 makes a line that says what to set', async () => {
  const { exporter, recorded } = await writing(() => ({ status: 415 }), {
    protobuf_message: 'io.prometheus.write.v2.Request',
  })
  exporter.consume(one())
  await exporter.shutdown()
  expect(JSON.stringify(recorded.lines)).toContain('protobuf_message: prometheus.WriteRequest')
})
