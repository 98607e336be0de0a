import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { countPoints } from '../../src/model/metrics.ts'
import { splitMetrics } from '../../src/model/split-metrics.ts'
import { everyKind, manyPoints, resource } from '../support/metrics.ts'

test('a cut within a metric puts its name, unit and resource on both sides', () => {
  const [head, tail] = splitMetrics([resource(everyKind())], 1)

  expect(head[0]?.scopeMetrics[0]?.metrics.map((metric) => metric.dataPoints.length)).toEqual([1])
  expect(tail[0]?.resource).toBe(head[0]?.resource)
  expect(tail[0]?.scopeMetrics[0]?.metrics[0]?.descriptor.name).toBe('nettracer.bytes_tx')
  expect(countPoints(tail)).toBe(6)
})

test('a cut behind the last point leaves nothing', () => {
  const whole = [resource(everyKind())]
  expect(splitMetrics(whole, 100)).toEqual([whole, []])
})

test('a cut at the border of a resource leaves both whole', () => {
  const first = resource([manyPoints(3)])
  const second = resource([manyPoints(2)])
  const [head, tail] = splitMetrics([first, second], 3)
  expect(head).toEqual([first])
  expect(tail[0]).toBe(second)
})

test('cutting loses no point, adds none and keeps the order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }), { maxLength: 5 }),
      fc.integer({ min: 0, max: 30 }),
      (shape, at) => {
        let next = 0
        const whole = shape.map((metrics) =>
          resource(
            metrics.map((points) => {
              const metric = manyPoints(points, next)
              next += points
              return metric
            }),
          ),
        )
        const [head, tail] = splitMetrics(whole, at)
        expect(countPoints(head)).toBe(Math.min(at, next))
        const values = [...head, ...tail].flatMap(({ scopeMetrics }) =>
          scopeMetrics.flatMap(({ metrics }) =>
            metrics.flatMap((metric) => metric.dataPoints.map((dataPoint) => dataPoint.value)),
          ),
        )
        expect(values).toEqual(Array.from({ length: next }, (_, index) => index))
      },
    ),
  )
})
