import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import {
  createSocketDiag,
  findSocketOwners,
  type SocketDiag,
} from '../../src/source/inet-diag-addon.ts'
import { readMessages } from '../../src/source/inet-diag-message.ts'
import { namespaceOf } from '../../src/source/inet-diag-namespaces.ts'
import {
  destroyGroups,
  dumpRequest,
  listenState,
  lookUpRequest,
} from '../../src/source/inet-diag-requests.ts'

const room = () => new Uint8Array(64 << 10)
const settings = { receiveBytes: 1 << 20, groups: destroyGroups }
const request = dumpRequest(listenState, 1)
const descriptors = () => readdirSync('/proc/self/fd').length

function openDiag(): SocketDiag {
  const diag = createSocketDiag()
  onTestFinished(() => diag.close())
  diag.open(settings)
  return diag
}

async function listen(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Every method with arguments that are right. */
const calls: Record<string, (diag: SocketDiag) => unknown> = {
  dump: (diag) => diag.dump(request, room()),
  ask: (diag) => diag.ask(lookUpRequest(2, new Uint8Array(48), 1), 1, room()),
  drain: (diag) => diag.drain(room()),
  overruns: (diag) => diag.overruns(),
}
const call = async (name: string, diag: SocketDiag): Promise<unknown> => calls[name]?.(diag)

test.each(Object.keys(calls))('%s before open and after close is refused', async (name) => {
  const code = 'NETTRACER_ERR_TRACER_CLOSED'
  await expect(call(name, createSocketDiag())).rejects.toMatchObject({ code })
  const diag = openDiag()
  expect(await call(name, diag)).toBeTypeOf('number')
  diag.close()
  diag.close()
  await expect(call(name, diag)).rejects.toMatchObject({ code })
})

test('it tells the namespace that it is in, and stays on its own', async () => {
  const before = namespaceOf('/proc/self/ns/net')
  const diag = createSocketDiag()
  onTestFinished(() => diag.close())
  expect(diag.open({ ...settings, path: '/proc/self/ns/net' }).netns).toBe(before)
  expect(namespaceOf('/proc/thread-self/ns/net')).toBe(before)
})

test.each([{ path: '/nowhere' }, { path: '/dev/null' }, { path: '/proc/self/ns/pid' }])(
  '$path is no network namespace: an error with its reason, and nothing stays open',
  ({ path }) => {
    const before = descriptors()
    const diag = createSocketDiag()
    expect(() => diag.open({ ...settings, path })).toThrow(path)
    expect(descriptors()).toBe(before)
    diag.open(settings)
    diag.close()
  },
)

test('a dump is read in as many parts as it takes, each of whole messages', async () => {
  const port = await listen()
  const diag = openDiag()
  const ports: number[] = []
  let part: Uint8Array | undefined = request
  for (;;) {
    const into = new Uint8Array(33 << 10)
    const length = await diag.dump(part, into)
    part = undefined
    const outcome = readMessages(into.subarray(0, length), 1, (one) => ports.push(one.localPort))
    expect(outcome.unknown).toBe(0)
    if (outcome.isDone) break
  }
  expect(ports).toContain(port)
})

test('two dumps at once are refused, and the first one goes on', async () => {
  const diag = openDiag()
  const first = diag.dump(request, room())
  expect(() => diag.dump(request, room())).toThrow(TypeError)
  expect(await first).toBeGreaterThan(0)
})

test('a dump whose sockets are closed meanwhile is read to its end', async () => {
  const diag = openDiag()
  const dump = diag.dump(request, room())
  diag.close()
  expect(await dump).toBeGreaterThan(0)
})

test('what is no request is refused by the kernel, and told', async () => {
  const diag = openDiag()
  const into = room()
  const broken = request.slice()
  broken[4] = 99
  const length = await diag.dump(broken, into)
  expect(readMessages(into.subarray(0, length), 1, () => {}).error).toBeGreaterThan(0)
})

test.each([
  ['dump', [request]],
  ['dump', [1, room()]],
  ['dump', [request, new Uint16Array(9)]],
  ['ask', [request, 1]],
  ['drain', []],
  ['drain', [new DataView(new ArrayBuffer(9))]],
  ['open', []],
  ['open', [settings]],
] as [keyof SocketDiag, unknown[]][])('%s(%j) is a TypeError', (method, args) => {
  const diag = openDiag()
  const invoke = diag[method] as (...args: unknown[]) => unknown
  expect(() => invoke.apply(diag, args)).toThrow(TypeError)
})

test('the owner of a socket is the process that has it open, likely ones first', async () => {
  const port = await listen()
  const into = room()
  const length = await openDiag().dump(request, into)
  let inode = 0
  readMessages(into.subarray(0, length), 1, (one) => {
    if (one.localPort === port) inode = one.inode
  })
  const wanted = Uint32Array.of(inode)
  const found = { owners: Uint32Array.of(inode, process.pid), isCut: false }
  expect(await findSocketOwners('/proc', wanted, new Uint32Array(), 1e6)).toEqual(found)
  expect(await findSocketOwners('/none', wanted, new Uint32Array(), 1e6)).toMatchObject({
    owners: new Uint32Array(),
  })
  expect((await findSocketOwners('/proc', Uint32Array.of(1), new Uint32Array(), 5)).isCut).toBe(
    true,
  )
})
