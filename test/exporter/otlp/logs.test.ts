import { status } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { otlpConfig } from '../../../src/exporter/otlp/config.ts'
import { OtlpExporter, OtlpLogsExporter } from '../../../src/exporter/otlp/exporter.ts'
import { logsOf, manyRecords, resourceLogs } from '../../support/logs.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { recordsOfModel } from '../../support/otlp-logs.ts'
import { type Answer, OtlpReceiver } from '../../support/otlp-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

const records = (count: number, from = 0) => logsOf(resourceLogs(manyRecords(count, from)))

async function exporting(answer?: (count: number) => Answer, config: object = {}) {
  const server = await OtlpReceiver.start(answer && { answer })
  const recorded = recordedSettings('otlp')
  const parsed = otlpConfig.parse({
    endpoint: `127.0.0.1:${server.port}`,
    tls: { insecure: true },
    retry_on_failure: { initial_interval: '5ms', max_interval: '10ms', max_elapsed_time: '0s' },
    ...config,
  })
  const exporter = new OtlpLogsExporter(recorded.settings, parsed)
  await exporter.start()
  onTestFinished(async () => {
    await exporter.shutdown()
    server.stop()
  })
  const count = async (outcome: string, labels = '') => {
    const readings = await recorded.readings()
    return readings[`nettracer.exporter.${outcome}{otel.component.name=otlp${labels}}`] ?? 0
  }
  return { server, exporter, count, parsed, ...recorded }
}

test('log records arrive as they were sent, in order', async () => {
  const { server, exporter, count } = await exporting()
  const sent = [records(3), records(2, 3)]
  for (const logs of sent) exporter.consume(logs)
  await exporter.shutdown()
  expect(server.records).toEqual(sent.flatMap(recordsOfModel))
  expect(server.received).toEqual([])
  expect([await count('sent_log_records'), await count('sent_points')]).toEqual([5, 0])
})

test('what the backend cannot take now is sent again', async () => {
  const { server, exporter, count } = await exporting((at) =>
    at < 3 ? { code: status.UNAVAILABLE } : {},
  )
  exporter.consume(records(4))
  await expect.poll(() => server.records.length).toBe(4)
  await exporter.shutdown()
  expect(await count('retries', ',nettracer.signal=logs')).toBe(2)
  expect(await count('sent_log_records')).toBe(4)
})

test('partial success is counted in log records', async () => {
  const partialSuccess = { rejectedLogRecords: 2, errorMessage: 'too old' }
  const { exporter, count, lines } = await exporting(() => ({ partialSuccess }))
  exporter.consume(records(5))
  await exporter.shutdown()
  expect([await count('sent_log_records'), await count('rejected_log_records')]).toEqual([3, 2])
  expect(lines[0]?.fields).toEqual({ rejected_items: 2, reason: 'too old' })
})

test('a full queue drops the oldest log records and counts them', async () => {
  const { exporter, count } = await exporting(() => ({ code: status.UNAVAILABLE }), {
    sending_queue: { num_consumers: 1, queue_size: 2 },
    timeout: '200ms',
  })
  for (let at = 0; at < 5; at += 1) {
    exporter.consume(records(10, at * 10))
    await new Promise(setImmediate)
  }
  await exporter.shutdown()
  const dropped = (reason: string) =>
    count('dropped_log_records', `,nettracer.drop.reason=${reason}`)
  const full = await dropped('queue_full')
  expect(full).toBeGreaterThanOrEqual(20)
  expect(full + (await dropped('shutdown'))).toBe(50)
})

test('metrics of the same exporter have a queue of their own', async () => {
  const { server, exporter, parsed, settings, readings } = await exporting()
  const metrics = new OtlpExporter(settings, parsed)
  await metrics.start()
  exporter.consume(records(3))
  metrics.consume(metricsOf(resource([manyPoints(7)])))
  await expect.poll(() => [server.records.length, server.points.length]).toEqual([3, 7])
  const queues = Object.keys(await readings()).filter((name) => name.includes('queue.length'))
  expect(queues).toHaveLength(2)
  await metrics.shutdown()
})
