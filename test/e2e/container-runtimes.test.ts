import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { readImage } from '../../src/identity/container/image.ts'
import { ContainerRuntimes } from '../../src/identity/container/runtimes.ts'
import { type Containerd, pauseImage, startContainerd } from '../support/containerd.ts'
import { startDocker } from '../support/docker.ts'
import type { Engine } from '../support/engine.ts'
import { enginesAreThere } from '../support/engine-room.ts'
import { startPodman } from '../support/podman.ts'

const canRun = enginesAreThere()
const image = 'registry.test:5000/shop/bb:1.2'
const forLong = ['/bin/sleep', '600']
const poll = { timeout: 60_000 }

async function follow(path: string): Promise<ContainerRuntimes> {
  const runtimes = new ContainerRuntimes({ endpoints: [path], labels: ['team'] })
  onTestFinished(() => runtimes.stop())
  await runtimes.start()
  return runtimes
}

const engines = [
  { runtime: 'docker', start: () => startDocker({ liveRestore: true }) },
  { runtime: 'podman', start: () => startPodman() },
] as const

describe.skipIf(!canRun).each(engines)('the real $runtime', ({ runtime, start }) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await start()
    await engine.importImage(image)
  })
  afterAll(() => engine?.[Symbol.asyncDispose]())

  /** What the engine says, in our words. */
  async function expected(id: string) {
    const { Name, Config } = await engine.inspect(id)
    const { name, tags } = readImage(Config.Image)
    return { id, name: Name.slice(1), imageName: name, imageTags: tags, runtime }
  }

  test('tells of a container that was there, of one that starts, and of what is renamed', async () => {
    const labels = { team: 'shop', secret: 'x', 'com.docker.compose.service': 'cart' }
    const first = await engine.run({ command: forLong, labels })
    const runtimes = await follow(engine.socket)
    await expect
      .poll(() => runtimes.find(first), poll)
      .toMatchObject({
        ...(await expected(first)),
        labels: new Map([
          ['com.docker.compose.service', 'cart'],
          ['team', 'shop'],
        ]),
        shownLabels: new Set(['team']),
      })
    const second = await engine.run({ command: forLong, labels })
    await expect.poll(() => runtimes.find(second), poll).toMatchObject(await expected(second))
    expect(runtimes.find(second)?.labels).toEqual(runtimes.find(first)?.labels)
    await engine.ask('POST', `/v1.41/containers/${second}/rename?name=other-${second.slice(0, 6)}`)
    await expect.poll(() => runtimes.find(second)?.name, poll).toMatch(/^other-/)
    expect(runtimes.find(second)).toMatchObject(await expected(second))
  })

  test('tells of a container that lives for a moment, and that is found after its end', async () => {
    const runtimes = await follow(engine.socket)
    const id = await engine.run({ command: ['/bin/true'] })
    const told = await expected(id)
    await engine.remove(id)
    await expect.poll(() => runtimes.find(id), poll).toMatchObject(told)
  })

  test('an image whose tag went on is told by the name that the container was made from', async () => {
    const id = await engine.run({ command: forLong, image })
    await engine.importImage(image)
    const runtimes = await follow(engine.socket)
    await expect.poll(() => runtimes.find(id), poll).toMatchObject(await expected(id))
  })

  test('restarts, and what runs then is known again', async () => {
    const runtimes = await follow(engine.socket)
    const before = await engine.run({ command: forLong })
    await expect.poll(() => runtimes.find(before), poll).toBeDefined()
    await engine.stop('SIGTERM')
    expect(runtimes.find(before)).toBeDefined()
    await engine.start()
    const after = await engine.run({ command: forLong })
    await expect.poll(() => runtimes.find(after), poll).toMatchObject(await expected(after))
    expect(runtimes.stats().failures).toBeGreaterThan(0)
  })
})

describe.skipIf(!canRun)('the real containerd', () => {
  let containerd: Containerd
  beforeAll(async () => {
    containerd = await startContainerd()
    await containerd.importImage(pauseImage)
    await containerd.importImage(image)
  })
  afterAll(() => containerd?.[Symbol.asyncDispose]())

  async function expected(id: string) {
    const status = await containerd.status(id)
    const { name, tags } = readImage(status.image.image)
    return {
      id,
      name: status.metadata.name,
      imageName: name,
      imageTags: tags,
      runtime: 'containerd',
    }
  }

  test('tells of containers of pods, with their labels', async () => {
    const labels = { team: 'shop', secret: 'x', 'io.kubernetes.pod.name': 'cart-1' }
    const first = await containerd.run(image, { name: 'cart', command: forLong, labels })
    const runtimes = await follow(containerd.socket)
    await expect
      .poll(() => runtimes.find(first), poll)
      .toMatchObject({
        ...(await expected(first)),
        labels: new Map([
          ['io.kubernetes.pod.name', 'cart-1'],
          ['team', 'shop'],
        ]),
      })
    expect(runtimes.find(first)?.imageTags).toEqual(['1.2'])
    const second = await containerd.run(image, { name: 'web', command: forLong })
    expect(runtimes.find(second)).toBeUndefined()
    await expect.poll(() => runtimes.find(second), poll).toMatchObject(await expected(second))
  })

  test('restarts, and what runs then is known again', async () => {
    const runtimes = await follow(containerd.socket)
    await containerd.stop('SIGKILL')
    await sleep(500)
    await containerd.start()
    const id = await containerd.run(image, { name: 'late', command: forLong })
    runtimes.find(id)
    await expect.poll(() => runtimes.find(id), poll).toMatchObject(await expected(id))
  })
})
