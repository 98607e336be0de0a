import { ValueType } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { jsonMetricsWire } from '../../../src/exporter/wire/json-wire.ts'
import type { Metrics } from '../../../src/model/metrics.ts'
import {
  beyondTheSdk,
  everyKind,
  gauge,
  metricsOf,
  point,
  resource,
  sum,
} from '../../support/metrics.ts'
import { pointsOfModel, pointsOfOtlp } from '../../support/otlp-points.ts'

async function writeJson(metrics: Metrics): Promise<string> {
  let text = ''
  await jsonMetricsWire.write(metrics, {
    maxRequestBytes: Number.POSITIVE_INFINITY,
    onRequest: ({ body }) => {
      text += Buffer.from(body).toString()
    },
    onTooLarge: (items) => expect.unreachable(`${items} too large`),
  })
  return text
}

test('many resources make one object on one line', async () => {
  const metrics = metricsOf(resource(everyKind(1)), resource(everyKind(2)))
  const line = await writeJson(metrics)

  expect(line).not.toContain('\n')
  expect(pointsOfOtlp(JSON.parse(line))).toEqual(pointsOfModel(metrics.resourceMetrics))
})

test('fields are in the order and the form of the Collector', async () => {
  const line = await writeJson(metricsOf(resource([sum([point(5, { 'server.port': 443 })])])))
  expect(line).toBe(
    '{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]},' +
      '"scopeMetrics":[{"scope":{"name":"otel-nettracer","version":"0.1.0"},"metrics":[{"name":"sum","unit":"1",' +
      '"sum":{"dataPoints":[{"attributes":[{"key":"server.port","value":{"intValue":"443"}}],' +
      '"startTimeUnixNano":"1767323045000000321","timeUnixNano":"1767323055789000000","asInt":"5"}],' +
      '"aggregationTemporality":2,"isMonotonic":true}}]}]}]}',
  )
})

test('exemplars and the end of a series are written for every kind of metric', async () => {
  const one = resource(beyondTheSdk())
  const line = await writeJson(metricsOf(one))
  expect(pointsOfOtlp(JSON.parse(line))).toEqual(pointsOfModel([one]))
  expect(line).toContain('"timeUnixNano":"1767323055789000000","flags":1}')
})

test.each([
  { value: Number.NaN, written: '"asDouble":"NaN"' },
  { value: Number.POSITIVE_INFINITY, written: '"asDouble":"Infinity"' },
  { value: Number.NEGATIVE_INFINITY, written: '"asDouble":"-Infinity"' },
  { value: 0, written: '"asDouble":0' },
])('$value is written as protobuf writes it in JSON', async ({ value, written }) => {
  expect(await writeJson(metricsOf(resource([gauge([point(value)])])))).toContain(written)
})

test('an integer that is none is written as 0 and does not throw', async () => {
  const broken = sum([point(Number.NaN)], { valueType: ValueType.INT })
  expect(await writeJson(metricsOf(resource([broken])))).toContain('"asInt":"0"')
})
