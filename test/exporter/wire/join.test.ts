import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinRequests } from '../../../src/exporter/wire/join.ts'
import { jsonMetricsWire } from '../../../src/exporter/wire/json-wire.ts'
import { protobufMetricsWire } from '../../../src/exporter/wire/protobuf-wire.ts'
import type { WireRequest } from '../../../src/exporter/wire/requests.ts'
import { metricsOf } from '../../support/metrics.ts'
import {
  decodeRequest,
  type OtlpRequest,
  pointsOfModel,
  pointsOfOtlp,
} from '../../support/otlp-points.ts'
import { anyResources } from './arbitrary.ts'

const encodings = [
  { encoding: 'proto', wire: protobufMetricsWire, decode: decodeRequest },
  {
    encoding: 'json',
    wire: jsonMetricsWire,
    decode: (body: Uint8Array): OtlpRequest => JSON.parse(Buffer.from(body).toString()),
  },
] as const

test.each(encodings)(
  'requests that are joined hold the points of all ($encoding)',
  async ({ encoding, wire, decode }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyResources, { maxLength: 4 }), async (batches) => {
        const requests: WireRequest[] = []
        for (const resources of batches) {
          await wire.write(metricsOf(...resources), {
            maxRequestBytes: 1e7,
            onRequest: (request) => void requests.push(request),
            onTooLarge: () => {},
          })
        }
        fc.pre(requests.length > 0)
        const whole = joinRequests(requests, encoding)
        const points = pointsOfModel(batches.flat())
        expect(pointsOfOtlp(decode(whole.body))).toEqual(points)
        expect(whole.items).toBe(points.length)
      }),
      { numRuns: 60 },
    )
  },
)
