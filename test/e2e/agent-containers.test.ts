import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { startDocker } from '../support/docker.ts'
import type { Engine } from '../support/engine.ts'
import { enginesAreThere } from '../support/engine-room.ts'
import { startPodman } from '../support/podman.ts'

const image = 'registry.test:5000/shop/bb:1.2'
const compose = (service: string) => ({
  'com.docker.compose.project': 'store',
  'com.docker.compose.service': service,
  team: 'shop',
  secret: 'x',
})

describe.skipIf(!enginesAreThere())('real containers that talk with each other', () => {
  let docker: Engine
  let podman: Engine
  beforeAll(async () => {
    docker = await startDocker({ liveRestore: true })
    podman = await startPodman({ name: docker.namespace })
    await Promise.all([docker, podman].map((engine) => engine.importImage(image)))
  })
  afterAll(async () => {
    await podman?.[Symbol.asyncDispose]()
    await docker?.[Symbol.asyncDispose]()
  })

  async function watching() {
    const folder = mkdtempSync(join(tmpdir(), 'nettracer-containers-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const path = join(folder, 'metrics.jsonl')
    const receiver = {
      containers: { endpoints: [docker.socket, podman.socket], labels: ['team'] },
    }
    const agent = await Agent.start({ config: agentConfig({ file: { path } }, receiver) })
    return { agent, points: () => Points.inFile(path) }
  }

  /** Takes any number of connections, for as long as it lives. */
  const serve = (port: number) => [
    '/bin/sh',
    '-c',
    `while true; do /bin/nc -l -p ${port} > /dev/null; done`,
  ]
  /** Sends `bytes`, again if the server was just between two connections, as soon as somebody listens, by a process that lives for some seconds more. */
  const send = (port: number, bytes: number, seconds: number) => [
    '/bin/sh',
    '-c',
    `until (/bin/printf '%0${bytes}d' 1; /bin/sleep ${seconds}) | /bin/nc 127.0.0.1 ${port}; do /bin/sleep 0.2; done`,
  ]

  /** What the engine says of it, as attributes of a resource. */
  async function expected(engine: Engine, id: string) {
    const { Id, Name, Config } = await engine.inspect(id)
    expect(Config.Image).toBe(image)
    return {
      'container.id': Id,
      'container.name': Name.slice(1),
      'container.image.name': 'registry.test:5000/shop/bb',
      'container.image.tags': expect.stringContaining('1.2'),
    }
  }

  function resourcesOf(points: Points, id: string) {
    return points.where({ 'container.id': id }).resources()
  }

  test('have the names that their engines tell, and those of Docker Compose as services', async () => {
    const server = await docker.run({ command: serve(7001), labels: compose('cart') })
    onTestFinished(() => docker.remove(server))
    const { agent, points } = await watching()
    const client = await podman.run({ command: send(7001, 1000, 600), labels: compose('web') })
    onTestFinished(() => podman.remove(client))
    const total = (id: string, metric: string) =>
      points().where({ 'container.id': id }).total(metric)
    await until('the bytes of both', () => {
      const sent = total(client, 'nettracer.bytes_tx')
      return sent >= 1000 && total(server, 'nettracer.bytes_rx') >= 1000
    })
    await agent.stop()
    const told = { 'service.namespace': 'store', 'container.label.team': 'shop' }
    for (const [engine, id, service] of [
      [docker, server, 'cart'],
      [podman, client, 'web'],
    ] as const) {
      const resources = resourcesOf(points(), id)
      expect(resources.length).toBeGreaterThan(0)
      const wanted = { ...(await expected(engine, id)), ...told, 'service.name': service }
      for (const resource of resources) {
        expect(resource).toMatchObject(wanted)
        expect(Object.keys(resource).filter((key) => key.startsWith('container.label.'))).toEqual([
          'container.label.team',
        ])
      }
    }
  })

  test.each(['docker', 'podman'])('of %s that live for a second are known', async (name) => {
    const engine = name === 'docker' ? docker : podman
    const server = await docker.run({ command: serve(7002) })
    onTestFinished(() => docker.remove(server))
    const { agent, points } = await watching()
    const ids: string[] = []
    for (let at = 0; at < 3; at += 1) {
      const id = await engine.run({ command: send(7002, 100, 1) })
      ids.push(id)
      // One after the other: the server takes one connection at a time.
      await engine.ask('POST', `/v1.41/containers/${id}/wait`)
    }
    const wanted = await Promise.all(ids.map((id) => expected(engine, id)))
    await Promise.all(ids.map((id) => engine.remove(id)))
    await until('the bytes of all', () =>
      ids.every((id) => points().where({ 'container.id': id }).total('nettracer.bytes_tx') >= 100),
    )
    await agent.stop()
    for (const one of wanted) {
      const resources = resourcesOf(points(), one['container.id'])
      expect(resources.length).toBeGreaterThan(0)
      for (const resource of resources) expect(resource).toMatchObject(one)
    }
  })

  test('are known before and after their daemon restarts', async () => {
    const server = await docker.run({ command: serve(7003) })
    onTestFinished(() => docker.remove(server))
    const { agent, points } = await watching()
    await docker.stop()
    await docker.start()
    const client = await docker.run({ command: send(7003, 300, 600) })
    onTestFinished(() => docker.remove(client))
    await until('the bytes of both', () =>
      [server, client].every((id) => {
        const found = points().where({ 'container.id': id })
        return found.total('nettracer.bytes_tx') + found.total('nettracer.bytes_rx') >= 300
      }),
    )
    await until('both have their names', () =>
      [server, client].every((id) =>
        resourcesOf(points(), id).some((one) => one['container.name'] !== undefined),
      ),
    )
    await agent.stop()
    for (const id of [server, client]) {
      expect(resourcesOf(points(), id).at(-1)).toMatchObject(await expected(docker, id))
    }
  })
})
