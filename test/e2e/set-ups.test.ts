import { expect, test } from 'vitest'
import { until } from '../support/agent.ts'
import { compare, tableOf } from '../support/set-ups/compare.ts'
import { setUps } from '../support/set-ups/set-ups.ts'

test('in each of these set-ups the resource is the one that the process has by another source', async () => {
  const { agent, expected, found } = await compare({ setUps })
  await until('all looked at again', () =>
    JSON.stringify(found()).includes('"process.executable.name":"sleep"'),
  )
  await agent.stop()
  process.stdout.write(tableOf(expected, found()))
  expect(found()).toEqual(expected)
})
