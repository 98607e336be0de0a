import { expect, test } from 'vitest'
import { consoleConfig } from '../../../src/exporter/console/config.ts'

test('nothing need be set', () => {
  expect(consoleConfig.parse({})).toEqual({ color: 'auto', sort: 'traffic', hint: '' })
})

test.each([{ color: 'red' }, { rows: 0 }, { rows: 1.5 }, { sort: 'name' }, { colour: 'auto' }])(
  '%j is an error',
  (config) => {
    expect(consoleConfig.safeParse(config).success).toBe(false)
  },
)
