import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { kafkaConfig } from '../../src/exporter/kafka/config.ts'
import { KafkaExporter, KafkaLogsExporter } from '../../src/exporter/kafka/exporter.ts'
import { TestAuthority } from '../support/certificates.ts'
import { BROKER_MESSAGE_BYTES, KafkaBroker, kafkaIsThere, kafkaUser } from '../support/kafka.ts'
import { logsOf, manyRecords, resourceLogs } from '../support/logs.ts'
import { everyKind, manyPoints, metricsOf, resource } from '../support/metrics.ts'
import { decodeLogsRequest, recordsOfModel, recordsOfOtlp } from '../support/otlp-logs.ts'
import { decodeRequest, pointsOfModel, pointsOfOtlp } from '../support/otlp-points.ts'
import { recordedSettings } from '../support/recorded-telemetry.ts'

const isThere = await kafkaIsThere()

type Input = z.input<typeof kafkaConfig>

/** Waits short enough for a test. */
const quick = { initial_interval: '50ms', max_interval: '200ms', max_elapsed_time: '60s' }
const brief = {
  metadata: { retry: { max: 0 } },
  retry_on_failure: { ...quick, max_elapsed_time: '2s' },
}

describe.skipIf(!isThere)('with a real broker of Kafka', () => {
  let broker: KafkaBroker
  let authority: TestAuthority
  const cleanups: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    authority = new TestAuthority()
    const { cert, key } = authority.issue('broker', 'IP:127.0.0.1')
    broker = await KafkaBroker.start(`${key.toString()}${cert.toString()}`)
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup()
  })
  afterAll(async () => {
    await broker.remove()
    authority.remove()
  })

  let topics = 0
  /** An exporter to a topic of its own. */
  function exporting(config: Input = {}) {
    topics += 1
    const topic = `metrics-${topics}`
    const recorded = recordedSettings('kafka')
    const parsed = kafkaConfig.parse({
      brokers: [`127.0.0.1:${broker.port}`],
      retry_on_failure: quick,
      metrics: { topic, encoding: config.metrics?.encoding ?? 'otlp_proto' },
      ...config,
    })
    const exporter = new KafkaExporter(recorded.settings, parsed)
    cleanups.push(async () => exporter.shutdown())
    const count = async (outcome: string) => {
      const labels = outcome === 'retries' ? ',nettracer.signal=metrics' : ''
      const name = `nettracer.exporter.${outcome}{otel.component.name=kafka${labels}}`
      return (await recorded.readings())[name] ?? 0
    }
    return { exporter, count, topic, ...recorded }
  }

  const points = (count: number, from = 0) => metricsOf(resource([manyPoints(count, from)]))
  const pointsIn = (messages: readonly Buffer[]) =>
    messages.flatMap((message) => pointsOfOtlp(decodeRequest(message)))
  const texts = (found: readonly object[]) => found.map((one) => JSON.stringify(one)).toSorted()

  test('with each compression the console consumer reads what was consumed, point by point', async () => {
    const topic = 'compressions'
    const expected: object[] = []
    const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
    for (const [index, compression] of compressions.entries()) {
      const { exporter, count } = exporting({
        metrics: { topic },
        producer: { compression, required_acks: 'all' },
      })
      await exporter.start()
      const many = resource([manyPoints(1000, index)], { compression })
      const metrics = metricsOf(resource(everyKind(index)), many)
      exporter.consume(metrics)
      await exporter.shutdown()
      expect(await count('sent_points')).toBe(1007)
      expected.push(...pointsOfModel(metrics.resourceMetrics))
    }
    const messages = await broker.messages(topic)
    expect(texts(pointsIn(messages))).toEqual(texts(expected))
  })

  test('log records arrive one by one, and JSON is JSON', async () => {
    const config = kafkaConfig.parse({
      brokers: [`127.0.0.1:${broker.port}`],
      logs: { topic: 'records' },
    })
    const exporter = new KafkaLogsExporter(recordedSettings('kafka').settings, config)
    await exporter.start()
    const logs = logsOf(resourceLogs(manyRecords(30)))
    exporter.consume(logs)
    await exporter.shutdown()
    const messages = await broker.messages('records')
    expect(messages.flatMap((one) => recordsOfOtlp(decodeLogsRequest(one)))).toEqual(
      recordsOfModel(logs),
    )

    const json = exporting({ metrics: { topic: 'as-json', encoding: 'otlp_json' } })
    await json.exporter.start()
    json.exporter.consume(points(10))
    await json.exporter.shutdown()
    const [text] = await broker.messages('as-json')
    expect(pointsOfOtlp(JSON.parse(text?.toString() ?? ''))).toEqual(
      pointsOfModel(points(10).resourceMetrics),
    )
  })

  test('no message is larger than max_message_bytes', async () => {
    const { exporter, topic } = exporting({ producer: { max_message_bytes: 20_000 } })
    await exporter.start()
    exporter.consume(points(5000))
    await exporter.shutdown()
    const messages = await broker.messages(topic)
    expect(messages.length).toBeGreaterThan(5)
    expect(messages.filter((one) => one.length > 20_000)).toEqual([])
    expect(texts(pointsIn(messages))).toEqual(texts(pointsOfModel(points(5000).resourceMetrics)))
  })

  test('a message that is too large for the broker is sent in halves', async () => {
    const { exporter, topic, lines } = exporting()
    await exporter.start()
    exporter.consume(points(10_000))
    await exporter.shutdown()
    const messages = await broker.messages(topic)
    expect(messages.filter((one) => one.length > BROKER_MESSAGE_BYTES)).toEqual([])
    expect(texts(pointsIn(messages))).toEqual(texts(pointsOfModel(points(10_000).resourceMetrics)))
    expect(lines.map(({ fields }) => String(fields.reason))).toContainEqual(
      expect.stringContaining('MESSAGE_TOO_LARGE'),
    )
  })

  test('a broker that is killed and comes back has all, and one that hangs as well', async () => {
    const { exporter, topic, count } = exporting({ timeout: '1s' })
    await exporter.start()
    const consume = (from: number) => exporter.consume(points(100, from))
    consume(0)
    await expect.poll(async () => count('sent_points'), { timeout: 20_000 }).toBe(100)
    await broker.kill()
    for (const from of [100, 200, 300]) consume(from)
    await expect.poll(async () => count('retries'), { timeout: 20_000 }).toBeGreaterThan(2)
    await broker.run()
    await expect.poll(async () => count('sent_points'), { timeout: 30_000 }).toBe(400)
    broker.pause()
    consume(400)
    const before = await count('retries')
    await expect.poll(async () => count('retries'), { timeout: 20_000 }).toBeGreaterThan(before)
    broker.resume()
    await expect.poll(async () => count('sent_points'), { timeout: 30_000 }).toBe(500)
    await exporter.shutdown()
    // What was not acknowledged in time is sent again, so that some may be there twice.
    const expected = texts(pointsOfModel([100, 100, 100, 100, 100].flatMap(hundred)))
    expect([...new Set(texts(pointsIn(await broker.messages(topic))))]).toEqual(expected)
    expect(await count('failed_points')).toBe(0)
  })

  const hundred = (count: number, index: number) => points(count, count * index).resourceMetrics

  test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)(
    'a broker that asks who it is takes %s, and a wrong password is told and tried again',
    async (mechanism) => {
      const asking = { brokers: [`127.0.0.1:${broker.saslPort}`] }
      const right = exporting({ ...asking, auth: { sasl: { mechanism, ...kafkaUser } } })
      await right.exporter.start()
      right.exporter.consume(points(10))
      await right.exporter.shutdown()
      expect(await right.count('sent_points')).toBe(10)

      const password = 'not-the-password'
      const sasl = { mechanism, username: kafkaUser.username, password }
      const wrong = exporting({ ...asking, auth: { sasl }, ...brief })
      await wrong.exporter.start()
      wrong.exporter.consume(points(10))
      await expect.poll(async () => wrong.count('retries'), { timeout: 10_000 }).toBeGreaterThan(0)
      await wrong.exporter.shutdown()
      expect(await wrong.count('sent_points')).toBe(0)
      const log = JSON.stringify(wrong.lines)
      expect(log).toMatch(/authentication/i)
      expect(log).not.toContain(password)
    },
  )

  test('over TLS, with the authority that signed the broker, and not without', async () => {
    const secure = { brokers: [`127.0.0.1:${broker.tlsPort}`] }
    const known = exporting({ ...secure, tls: { ca_file: authority.caFile } })
    await known.exporter.start()
    known.exporter.consume(points(10))
    await known.exporter.shutdown()
    expect(await known.count('sent_points')).toBe(10)

    const unknown = exporting({ ...secure, tls: {}, ...brief })
    await unknown.exporter.start()
    unknown.exporter.consume(points(10))
    await expect.poll(async () => unknown.count('retries'), { timeout: 10_000 }).toBeGreaterThan(0)
    await unknown.exporter.shutdown()
    expect(JSON.stringify(unknown.lines)).toMatch(/certificate/i)
  })

  test('a topic that may not be made is waited for', async () => {
    const { exporter, count, lines } = exporting({
      producer: { allow_auto_topic_creation: false },
      metadata: { retry: { max: 0 } },
      timeout: '500ms',
    })
    await exporter.start()
    exporter.consume(points(10))
    await expect.poll(async () => count('retries'), { timeout: 10_000 }).toBeGreaterThan(0)
    await exporter.shutdown()
    expect(JSON.stringify(lines)).toMatch(/Unknown topic/)
  })
})
