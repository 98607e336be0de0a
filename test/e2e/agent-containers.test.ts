import { execFileSync } from 'node:child_process'
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

  /** Takes any number of connections, and answers each with what it got. */
  const serve = (port: number) => ['/bin/nc', '-ll', '-p', `${port}`, '-e', '/bin/cat']
  /** Sends `bytes` once, over a connection that is open for some seconds. */
  const send = (port: number, bytes: number, seconds: number) => [
    '/bin/sh',
    '-c',
    `(/bin/printf '%0${bytes}d' 1; /bin/sleep ${seconds}) | /bin/nc 127.0.0.1 ${port}`,
  ]
  async function startServer(port: number, labels: Record<string, string> = {}): Promise<string> {
    const server = await docker.run({ command: serve(port), labels })
    onTestFinished(() => docker.remove(server))
    const list = [`--net=/run/netns/${docker.namespace}`, 'ss', '-Hltn', `sport = :${port}`]
    await until('the server listens', () => execFileSync('nsenter', list).length > 0)
    return server
  }

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

  function sentBy(points: Points, id: string): number {
    return points.where({ 'container.id': id }).total('nettracer.bytes_tx')
  }

  function resourcesOf(points: Points, id: string) {
    return points.where({ 'container.id': id }).resources()
  }

  test('have the names that their engines tell, and those of Docker Compose as services', async () => {
    const server = await startServer(7001, compose('cart'))
    const { agent, points } = await watching()
    const client = await podman.run({ command: send(7001, 1000, 600), labels: compose('web') })
    onTestFinished(() => podman.remove(client))
    const total = (id: string, metric: string) =>
      points().where({ 'container.id': id }).total(metric)
    await until('the bytes of both', () => {
      const sent = total(client, 'nettracer.bytes_tx')
      return sent === 1000 && total(server, 'nettracer.bytes_rx') === 1000
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
    await startServer(7002)
    const { agent, points } = await watching()
    const ids: string[] = []
    for (let at = 0; at < 3; at += 1) {
      const id = await engine.run({ command: send(7002, 100, 1) })
      ids.push(id)
      await engine.ask('POST', `/v1.41/containers/${id}/wait`)
    }
    const wanted = await Promise.all(ids.map((id) => expected(engine, id)))
    await Promise.all(ids.map((id) => engine.remove(id)))
    await until('the bytes of all', () => {
      const now = points()
      return ids.every((id) => sentBy(now, id) === 100)
    })
    await agent.stop()
    for (const one of wanted) {
      expect(sentBy(points(), one['container.id'])).toBe(100)
      const resources = resourcesOf(points(), one['container.id'])
      expect(resources.length).toBeGreaterThan(0)
      for (const resource of resources) expect(resource).toMatchObject(one)
    }
  })

  test('are known before and after their daemon restarts', async () => {
    const server = await startServer(7003)
    const { agent, points } = await watching()
    await docker.stop()
    await docker.start()
    const client = await docker.run({ command: send(7003, 300, 600) })
    onTestFinished(() => docker.remove(client))
    await until('the bytes of both', () =>
      [server, client].every((id) => {
        const found = points().where({ 'container.id': id })
        return ['nettracer.bytes_tx', 'nettracer.bytes_rx'].every((one) => found.total(one) === 300)
      }),
    )
    await until('both have their names', () =>
      [server, client].every((id) =>
        resourcesOf(points(), id).some((one) => one['container.name'] !== undefined),
      ),
    )
    await agent.stop()
    for (const id of [server, client]) {
      expect(sentBy(points(), id)).toBe(300)
      expect(resourcesOf(points(), id).at(-1)).toMatchObject(await expected(docker, id))
    }
  })
})
