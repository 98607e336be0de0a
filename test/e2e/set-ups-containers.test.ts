import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../support/agent.ts'
import { enginesAreThere } from '../support/engine-room.ts'
import { compare, tableOf } from '../support/set-ups/compare.ts'
import { containerSetUps } from '../support/set-ups/containers.ts'
import { podSetUps } from '../support/set-ups/pods.ts'
import { setUps } from '../support/set-ups/set-ups.ts'
import { startWorld, type World } from '../support/set-ups/world.ts'

describe.skipIf(!enginesAreThere())('real containers, of all engines that run here', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  test('the documentation lists each set-up, these and those without an engine', () => {
    const page = readFileSync(new URL('../../docs/identity.md', import.meta.url), 'utf8')
    const [, table = ''] = page.split('| set-up | told by |\n| --- | --- |\n')
    const rows = table.slice(0, table.indexOf('\n\n')).split('\n')
    const all = [...setUps, ...containerSetUps(world), ...podSetUps(world)]
    expect(rows.map((row) => row.split(' | ')[0]?.slice(2))).toEqual(all.map(({ name }) => name))
  })

  test('the resource is the one that the process, its engine and the API server tell', async () => {
    const { agent, expected, found } = await compare({
      setUps: [...containerSetUps(world), ...podSetUps(world)],
      receiver: world.receiver,
      server: { through: ['nsenter', `--net=/run/netns/${world.docker.namespace}`] },
    })
    await until('all are known', () => isDeepStrictEqual(found(), expected)).catch(() => {})
    await agent.stop()
    process.stdout.write(tableOf(expected, found()))
    expect(found()).toEqual(expected)
  })
})
