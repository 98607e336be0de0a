import { expect, test } from 'vitest'
import { requireNode } from '../../../src/exporter/kafka/node-version.ts'

test.each(['22.22.0', '22.23.1', '24.0.0', '26.1.0'])('Node.js %s is new enough', (version) => {
  expect(() => requireNode(version)).not.toThrow()
})

test.each(['22.15.0', '22.21.9', '20.99.0'])(
  'Node.js %s is too old, and that is told',
  (version) => {
    expect(() => requireNode(version)).toThrow(
      `the exporter kafka needs Node.js 22.22 or newer, this is ${version}`,
    )
  },
)
