import { expect, test } from 'vitest'
import type { Metrics } from '../../../src/model/metrics.ts'
import { metricsTransformConfig } from '../../../src/processor/metricstransform/config.ts'
import { metricsTransformFactory } from '../../../src/processor/metricstransform/index.ts'
import { expand, renaming } from '../../../src/processor/metricstransform/new-name.ts'
import { metricsOf, point, resource, sum } from '../../support/metrics.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

const action = 'update'
const parse = (transforms: object[]) => metricsTransformConfig.parse({ transforms })
const regexp = (include: string, new_name: string) => ({
  include,
  match_type: 'regexp',
  action,
  new_name,
})

function named(...names: string[]): Metrics {
  return metricsOf(resource(names.map((name, at) => sum([point(at)], { name, unit: 'By' }))))
}

function metricsIn({ resourceMetrics }: Metrics) {
  return resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics),
  )
}

const names = (batch: Metrics) => metricsIn(batch).map(({ descriptor }) => descriptor.name)

function transforming(transforms: object[]) {
  const { settings, lines } = recordedSettings('metricstransform')
  const taken: Metrics[] = []
  const processor = metricsTransformFactory.create(settings, parse(transforms), {
    consume: (metrics) => void taken.push(metrics),
  })
  const out = (...batch: string[]) => {
    processor.consume(named(...batch))
    return taken.splice(0).flatMap(names)
  }
  return { processor, taken, lines, out }
}

test.each([
  { given: { include: 'a.b', action, new_name: 'c' }, name: 'a.b', made: 'c' },
  { given: { include: 'a.b', action, new_name: 'c' }, name: 'axb', made: 'axb' },
  { given: { include: 'a.b', action, new_name: 'c' }, name: 'a.b.c', made: 'a.b.c' },
  { given: regexp('^a\\.(.*)$', 'b.${1}'), name: 'a.x.y', made: 'b.x.y' },
  { given: regexp('(?P<what>rx|tx)$', 'net.$what'), name: 'bytes_rx', made: 'net.rx' },
  { given: regexp('a(x)?', 'b${1}c'), name: 'a', made: 'bc' },
  { given: regexp('a', '${1}'), name: 'a', made: 'a' },
  { given: regexp('b', 'whole'), name: 'abc', made: 'whole' },
])('$given makes $made of $name', ({ given, name, made }) => {
  expect(renaming(parse([given]).transforms)(name)).toBe(made)
})

// Values of Go's own regexp.Expand.
test.each([
  { template: '$1x', made: '' },
  { template: '${1}x', made: 'onex' },
  { template: '$1-$2', made: 'one-two' },
  { template: '$$1', made: '$1' },
  { template: 'a$', made: 'a$' },
  { template: '${9}', made: '' },
])('the template $template gives $made', ({ template, made }) => {
  const match = /(one)(two)/.exec('onetwo')
  expect(match && expand(template, match)).toBe(made)
})

test('transforms are done in turn', () => {
  const { out } = transforming([
    { include: 'a', action, new_name: 'b' },
    regexp('^b$', 'c'),
    { include: 'a', action, new_name: 'never' },
  ])
  expect(out('a', 'x')).toEqual(['c', 'x'])
})

test('all but the name stays, and parts of a collection stay parts', () => {
  const { processor, taken } = transforming([{ include: 'a', action, new_name: 'b' }])
  const metrics = { ...named('a'), goesOn: true }
  processor.consume(metrics)
  processor.consume(metrics)
  const [before] = metricsIn(metrics)
  const [made, again] = taken.flatMap((batch) => metricsIn(batch))
  expect(taken[0]).toMatchObject({ points: 1, goesOn: true })
  expect(made).toEqual({ ...before, descriptor: { ...before?.descriptor, name: 'b' } })
  expect(again?.descriptor).toBe(made?.descriptor)
})

test('two metrics never get one name: its own metric has it, else the first', () => {
  const { out, lines } = transforming([regexp('^(a|b)$', 'c')])
  expect(out('a', 'b')).toEqual(['c', 'b'])
  expect(lines).toHaveLength(1)
  expect(lines[0]?.fields).toEqual({ metric: 'b', new_name: 'c' })
  expect(out('b')).toEqual(['b'])
  expect(out('a', 'c')).toEqual(['a', 'c'])
  expect(out('a')).toEqual(['a'])
})

test('names may be exchanged', () => {
  const { out, lines } = transforming([
    { include: 'a', action, new_name: 'tmp' },
    { include: 'b', action, new_name: 'a' },
    { include: 'tmp', action, new_name: 'b' },
  ])
  expect(out('a', 'b', 'c')).toEqual(['b', 'a', 'c'])
  expect(lines).toEqual([])
})

test.each([
  { given: {}, message: /transforms/ },
  { given: { transforms: [] }, message: /transforms/ },
  { given: { transforms: [{ include: 'a', action }] }, message: /new_name/ },
  {
    given: { transforms: [{ include: 'a', action: 'insert', new_name: 'b' }] },
    message: /only update is supported here/,
  },
  { given: { transforms: [regexp('(', 'b')] }, message: /not a regular expression/ },
  {
    given: { transforms: [{ include: 'a', action, new_name: 'b', operations: [] }] },
    message: /not supported here.*processor attributes/,
  },
])('$given is refused', ({ given, message }) => {
  expect(() => metricsTransformConfig.parse(given)).toThrow(message)
})
