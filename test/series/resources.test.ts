import { resourceFromAttributes } from '@opentelemetry/resources'
import { expect, test } from 'vitest'
import { flow, increment, processKey } from '../support/increment.ts'
import { at, namesOf, pointsOf, store, valuesOf } from './support.ts'

test('processes with equal resources share their series', () => {
  const series = store({ resourceOf: () => resourceFromAttributes({ 'service.name': 'shared' }) })
  for (const pid of [1, 2, 3]) {
    series.connection(increment({ bytesTx: pid, flow: flow({ process: processKey(pid) }) }))
  }
  expect(valuesOf(series.collect(at(10)).get('cumulative'), 'nettracer.bytes_tx')).toEqual([6])
})

test('a series that was not reported yet moves whole to what its process turns out to be', () => {
  let name = 'unknown'
  const series = store({ resourceOf: () => resourceFromAttributes({ name }) })
  series.connection(increment({ bytesTx: 5, pktsTx: 1, active: 1, opened: 1 }))
  name = 'known'
  const collected = series.collect(at(10)).get('cumulative')
  expect(pointsOf(collected, 'nettracer.bytes_tx')).toMatchObject([
    { resource: '{"name":"known"}', value: 5, startTime: at(0).time },
  ])
  expect(valuesOf(collected, 'nettracer.session.bytes_tx')).toMatchObject([{ count: 1, sum: 5 }])
  expect(valuesOf(collected, 'nettracer.connections.active')).toEqual([1])
})

test('so does one whose process is over by then', () => {
  let name = 'unknown'
  const resourceOfIt = () => resourceFromAttributes({ name })
  const series = store({ resourceOf: resourceOfIt, isAlive: () => false })
  series.connection(increment({ bytesTx: 5, active: 1, opened: 1 }))
  series.connection(increment({ bytesTx: 2, active: -1 }))
  name = 'known'
  expect(pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.bytes_tx')).toMatchObject([
    { resource: '{"name":"known"}', value: 7, startTime: at(0).time },
  ])
  expect(namesOf(series.collect(at(20)).get('cumulative'))).toEqual([])
})

test('one that was reported and is over keeps the name that it was reported under', () => {
  let name = 'before'
  let isAlive = true
  const one = flow()
  const resourceOfIt = () => resourceFromAttributes({ name })
  const series = store({ resourceOf: resourceOfIt, isAlive: () => isAlive })
  series.connection(increment({ flow: one, bytesTx: 5, active: 1, opened: 1 }))
  series.collect(at(10))
  series.connection(increment({ flow: one, bytesTx: 2, active: -1 }))
  name = 'after'
  isAlive = false
  expect(pointsOf(series.collect(at(20)).get('cumulative'), 'nettracer.bytes_tx')).toMatchObject([
    { resource: '{"name":"before"}', value: 7, startTime: at(0).time },
  ])
})

test('one that was reported ends, and a new one begins with the open connections', () => {
  let name = 'before'
  const one = flow()
  const series = store({ resourceOf: () => resourceFromAttributes({ name }) })
  series.connection(increment({ flow: one, bytesTx: 5, active: 1, opened: 1 }))
  series.collect(at(10))
  name = 'after'
  const second = series.collect(at(20)).get('cumulative')
  expect(pointsOf(second, 'nettracer.connections.active')).toMatchObject([
    { resource: '{"name":"before"}', value: 0 },
    { resource: '{"name":"after"}', value: 1 },
  ])
  series.connection(increment({ flow: one, bytesTx: 7, active: -1 }))
  const third = series.collect(at(30)).get('cumulative')
  expect(pointsOf(third, 'nettracer.bytes_tx')).toMatchObject([
    { resource: '{"name":"after"}', value: 7, startTime: at(10).time },
  ])
  expect(valuesOf(third, 'nettracer.connections.active')).toEqual([0])
})
