import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDocker } from '../support/docker.ts'
import type { Engine } from '../support/engine.ts'
import { enginesAreThere } from '../support/engine-room.ts'
import { startPodman } from '../support/podman.ts'

const starts = [
  { name: 'docker', start: startDocker },
  { name: 'podman', start: startPodman },
] as const

describe.skipIf(!enginesAreThere()).each(starts)('an engine of the tests: $name', ({ start }) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await start()
  })
  afterAll(() => engine?.[Symbol.asyncDispose]())

  test('runs a container, and says what it is', async () => {
    const image = await engine.importImage('registry.test:5000/shop/bb:1.2')
    const id = await engine.run({ name: 'one', command: ['/bin/sleep', '600'], labels: { a: 'b' } })
    const said = await engine.inspect(id)
    expect(said.Name).toBe('/one')
    expect(said.Config).toMatchObject({ Image: image, Labels: { a: 'b' } })
    expect(readFileSync(`/proc/${said.State.Pid}/cgroup`, 'utf8')).toContain(id)
    await engine.remove(id)
    await expect(engine.inspect(id)).rejects.toThrow('404')
  })
})
