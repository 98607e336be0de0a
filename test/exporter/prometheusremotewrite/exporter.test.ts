import { uncompress } from 'snappyjs'
import { expect, onTestFinished, test } from 'vitest'
import type { z } from 'zod'
import { remoteWriteConfig } from '../../../src/exporter/prometheusremotewrite/config.ts'
import { RemoteWriteExporter } from '../../../src/exporter/prometheusremotewrite/exporter.ts'
import { manyPoints, metricsOf, point, resource, sum } from '../../support/metrics.ts'
import { type HttpAnswer, OtlpHttpReceiver } from '../../support/otlp-http-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'
import { decodeV1, decodeV2 } from '../../support/remote-write-requests.ts'

type Input = Partial<z.input<typeof remoteWriteConfig>>

async function writing(answer: (count: number, body: Buffer) => HttpAnswer, config: Input = {}) {
  const receiver: OtlpHttpReceiver = await OtlpHttpReceiver.start({
    answer: (count) => answer(count, receiver.received.at(-1)?.body ?? Buffer.alloc(0)),
  })
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

test.each([
  ['prometheus.WriteRequest', decodeV1],
  ['io.prometheus.write.v2.Request', decodeV2],
] as const)('parts of a collection are requests of their own in %s', async (message, decode) => {
  const { exporter, receiver, counts } = await writing(() => ({ status: 204 }), {
    protobuf_message: message,
  })
  const part = (peer: string) => sum([point(1, { peer })], { name: 'opened' })
  exporter.consume({ ...metricsOf(resource([part('one')])), goesOn: true })
  exporter.consume(metricsOf(resource([part('two')])))
  await exporter.shutdown()
  const series = receiver.received.map(({ body }) => decode(uncompress(body)))
  expect(series.map((ofRequest) => ofRequest.map(({ labels }) => labels.at(-1)))).toEqual([
    ['peer=one'],
    ['peer=two'],
  ])
  expect(await counts()).toEqual({ sent: 2, failed: 0, retries: 0 })
})

test.each([
  ['prometheus.WriteRequest', decodeV1],
  ['io.prometheus.write.v2.Request', decodeV2],
] as const)('after 413 a request of %s is sent in halves', async (message, decode) => {
  const most = 20_000
  const { exporter, receiver, counts } = await writing(
    (_count, body) => ({ status: uncompress(body).length > most ? 413 : 204 }),
    { protobuf_message: message },
  )
  const points = Array.from({ length: 1000 }, (_, index) => point(1, { peer: `10.0.0.${index}` }))
  exporter.consume(metricsOf(resource([sum(points, { name: 'opened' })])))
  await exporter.shutdown()
  const taken = receiver.received
    .map(({ body }) => uncompress(body))
    .filter((body) => body.length <= most)
  const peers = taken.flatMap((body) => decode(body)).map(({ labels }) => labels.at(-1))
  expect(new Set(peers).size).toBe(1000)
  expect(peers).toHaveLength(1000)
  expect(await counts()).toEqual({ sent: 1000, failed: 0, retries: 0 })
})
