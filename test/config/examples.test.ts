import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { registry } from '../../src/service/registry.ts'

const root = new URL('../../', import.meta.url).pathname
const files = globSync(
  ['examples/*/nettracer.yaml', 'examples/components/*.yaml', 'config/embedded.yaml'],
  { cwd: root },
)

test('there are examples', () => {
  expect(files.length).toBeGreaterThan(2)
})

test.each(files)('%s is valid and warns of nothing', (file) => {
  const { receivers, warnings } = loadConfig([`${root}${file}`], registry, {})

  expect(warnings).toEqual([])
  expect([...receivers.keys()]).toEqual(['nettracer'])
})
