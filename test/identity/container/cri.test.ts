import { expect, onTestFinished, test } from 'vitest'
import {
  ContainerRuntimes,
  type ContainerRuntimesSettings,
} from '../../../src/identity/container/runtimes.ts'
import { encodeCri } from '../../support/cri-messages.ts'
import { CriServer } from './support/cri-server.ts'
import { DockerServer } from './support/docker-server.ts'

const a = 'a'.repeat(64)
const b = 'b'.repeat(64)
const running = 1
const exited = 2
const poll = { timeout: 25_000 }
const labels = { 'io.kubernetes.pod.name': 'cart-1', 'io.kubernetes.container.name': 'cart' }

const inList = (id: string, state = running) => ({
  id,
  podSandboxId: 'p',
  metadata: { name: 'cart', attempt: 1 },
  image: { image: `sha256:${b}` },
  imageRef: `sha256:${b}`,
  state,
  createdAt: 1,
  labels,
})

const statusOf = (
  id: string,
  image: object = { image: 'reg:5000/shop/cart:2' },
  state = running,
) => ({
  id,
  metadata: { name: 'cart' },
  state,
  image,
  labels,
})

async function follow(path: string, more: ContainerRuntimesSettings = {}) {
  const runtimes = new ContainerRuntimes({ endpoints: [path], ...more })
  onTestFinished(() => runtimes.stop())
  await runtimes.start()
  return runtimes
}

async function serve(tellsEvents = false): Promise<CriServer> {
  const server = await new CriServer({ tellsEvents }).start()
  for (const id of [a, b]) {
    server.statuses.set(id, encodeCri('ContainerStatusResponse', { status: statusOf(id) }))
  }
  return server
}

test('a container has the name and labels of the list, and the image of its status', async () => {
  const server = await serve()
  server.list([inList(a)])
  const runtimes = await follow(server.path)
  expect(runtimes.find(a)).toEqual({
    id: a,
    name: 'cart',
    imageName: 'reg:5000/shop/cart',
    imageTags: ['2'],
    runtime: 'containerd',
    labels: new Map(Object.entries(labels)),
    shownLabels: new Set(),
  })
})

test('the digest of the image is what the runtime resolved it to, if that has one', async () => {
  const server = await serve()
  const imageRef = `reg:5000/shop/cart@sha256:${b}`
  const status = { ...statusOf(a), imageRef }
  server.statuses.set(a, encodeCri('ContainerStatusResponse', { status }))
  server.list([inList(a), inList(b)])
  const runtimes = await follow(server.path)
  expect(runtimes.find(a)?.imageDigests).toEqual([imageRef])
  expect(runtimes.find(b)?.imageDigests).toBeUndefined()
})

test('the image that the user wrote is taken before what it was resolved to', async () => {
  const server = await serve()
  const image = { image: `sha256:${b}`, userSpecifiedImage: 'cart:3' }
  server.statuses.set(a, encodeCri('ContainerStatusResponse', { status: statusOf(a, image) }))
  server.list([inList(a)])
  const runtimes = await follow(server.path)
  expect(runtimes.find(a)).toMatchObject({ imageName: 'cart', imageTags: ['3'] })
})

test('a runtime without events is polled, soon for a container that somebody asks for; each is asked about once', async () => {
  const server = await serve()
  server.list([inList(a)])
  const runtimes = await follow(server.path)
  server.list([inList(a), inList(b)])
  expect(runtimes.find(b)).toBeUndefined()
  await expect.poll(() => runtimes.find(b)?.name, poll).toBe('cart')
  expect(server.asked.filter((one) => one.startsWith('Status'))).toEqual(['Status a', 'Status b'])
})

test('a runtime that tells events is believed at once', async () => {
  const server = await serve(true)
  const runtimes = await follow(server.path)
  await expect.poll(() => server.streams.size, poll).toBe(1)
  const lists = () => server.asked.filter((one) => one === 'List').length
  const before = lists()
  const [stream] = server.streams
  const started = { containerId: a, containerEventType: 1, containersStatuses: [statusOf(a)] }
  stream?.write(encodeCri('ContainerEventResponse', started))
  await expect.poll(() => runtimes.find(a)?.imageName, poll).toBe('reg:5000/shop/cart')
  expect(lists()).toBeLessThanOrEqual(before + 1)
})

test('a container that has exited is found for a while', async () => {
  const server = await serve()
  server.list([inList(a, exited)])
  const runtimes = await follow(server.path)
  expect(runtimes.find(a)?.name).toBe('cart')
})

test('a container that is gone before it is asked about has what the list says', async () => {
  const server = await serve()
  server.statuses.clear()
  server.list([inList(a)])
  const runtimes = await follow(server.path)
  expect(runtimes.find(a)).toMatchObject({ name: 'cart', imageName: undefined, imageTags: [] })
})

test('a runtime that restarts is asked again', async () => {
  const server = await serve()
  server.list([inList(a)])
  const runtimes = await follow(server.path)
  server.stop()
  const next = await new CriServer({ path: server.path }).start()
  next.list([inList(b)])
  expect(runtimes.find(b)).toBeUndefined()
  await expect.poll(() => runtimes.find(b)?.name, poll).toBe('cart')
})

test.each([
  [
    'a list',
    (server: CriServer) => void (server.listed = Buffer.from('garbage that is no message')),
  ],
  ['a version', (server: CriServer) => void (server.version = Buffer.from([0xff, 0xff]))],
  ['a status', (server: CriServer) => void server.statuses.set(a, Buffer.from([0x0a, 0x7f]))],
])('%s of garbage does no harm', async (_name, spoil) => {
  const server = await serve()
  server.list([inList(a)])
  spoil(server)
  const runtimes = await follow(server.path)
  expect(runtimes.stats().containers).toBeLessThanOrEqual(1)
  await runtimes.stop()
})

test('a list of more than 16 MiB is refused', async () => {
  const server = await serve()
  server.listed = Buffer.alloc(20 << 20)
  const runtimes = await follow(server.path)
  expect(runtimes.stats()).toMatchObject({ containers: 0, failures: 1 })
})

test('what serves no CRI is left alone', async () => {
  const server = await new DockerServer().start()
  const path = server.path.replace('docker.sock', 'containerd.sock')
  const other = await new DockerServer(path).start()
  const runtimes = await follow(other.path)
  expect(runtimes.stats().containers).toBe(0)
})
