import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { endpointAt, usualEndpoints } from '../../../src/identity/container/endpoints.ts'
import { inspectRuntimes } from '../../../src/identity/container/inspect.ts'
import { CriServer } from './support/cri-server.ts'
import { DockerServer, socketFolder } from './support/docker-server.ts'

test('of each runtime that is there its name and version are told', async () => {
  const docker = await new DockerServer().start()
  const cri = await new CriServer().start()
  const absent = join(socketFolder(), 'docker.sock')
  const found = await inspectRuntimes(
    [docker.path, cri.path, absent].map((path) => endpointAt(path)),
  )
  expect(found).toEqual([
    { path: docker.path, isOk: true, detail: 'docker 20.10' },
    { path: cri.path, isOk: true, detail: 'containerd 1.7.0' },
  ])
})

test('what does not answer is told, with the reason', async () => {
  const path = join(socketFolder(), 'docker.sock')
  writeFileSync(path, '')
  chmodSync(path, 0o600)
  const [found] = await inspectRuntimes([endpointAt(path)])
  expect(found).toMatchObject({ path, isOk: false })
  expect(found?.detail).toMatch(/ENOTSOCK|ECONNREFUSED/)
})

test.each([
  ['/run/containerd/containerd.sock', 'cri'],
  ['unix:///run/crio/crio.sock', 'cri'],
  ['/run/cri-dockerd.sock', 'cri'],
  ['/var/run/docker.sock', 'docker'],
  ['/run/crio/podman.sock', 'docker'],
])('%s is asked by the API of %s', (path, api) => {
  expect(endpointAt(path)).toEqual({ path: path.replace('unix://', ''), api, isUsers: false })
})

test("users' runtimes are found, and told from the machine's", () => {
  const users = usualEndpoints('/nowhere').filter(({ isUsers }) => isUsers)
  expect(users).toEqual([])
  expect(usualEndpoints('/nowhere')).toHaveLength(4)
})
