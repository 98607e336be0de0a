import { expect, test } from 'vitest'
import { DiskCopies } from '../../../src/exporter/wire/disk-copies.ts'
import { type QueuedRequest, queued } from '../../../src/exporter/wire/queued-request.ts'
import type { Storage } from '../../../src/model/storage.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'
import { fileStorage, scratch } from '../../support/storage.ts'

const mib = 1024 * 1024
const request = (bytes: number, at = 0) =>
  queued({ body: new Uint8Array(bytes).fill(at), items: 1 }, Date.now())

async function opened(storage: Storage) {
  const left: QueuedRequest[] = []
  const overflown: QueuedRequest[] = []
  const recorded = recordedSettings('otlp')
  const copies = new DiskCopies({
    component: recorded.settings,
    signal: 'metrics',
    storage,
    owner: 'exporter otlp metrics',
    onLeft: (requests) => void left.push(...requests),
    onOverflow: (one) => void overflown.push(one),
  })
  await copies.open()
  return { copies, left, overflown, ...recorded }
}

/** A disk that takes nothing. */
const broken: Storage = {
  maxBytes: 1024 * mib,
  maxAgeMs: 1e9,
  open: async () => {
    throw new Error('EIO: i/o error')
  },
}

test('what waits is on disk only; what is being sent is in memory too', async () => {
  const { storage } = await fileStorage({ directory: scratch() })
  const { copies } = await opened(storage)
  const all = Array.from({ length: 20 }, (_, at) => request(mib, at))
  for (const one of all.slice(0, 3)) one.isTaken = true
  for (const one of all) copies.keep(one)
  await expect.poll(() => copies.count).toBe(20)
  expect(all.map(({ body }) => body === undefined)).toEqual(all.map((_, at) => at >= 3))
  expect(await copies.load(all[19]!)).toEqual(Buffer.alloc(mib, 19))
  await copies.close(1000)
})

test('what is done before it was written leaves no file', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  const first = await opened(storage)
  const all = Array.from({ length: 10 }, (_, at) => request(1000, at))
  for (const one of all) first.copies.keep(one)
  await Promise.all(all.slice(2).map((one) => first.copies.forget(one)))
  await first.copies.close(1000)
  const second = await opened(storage)
  expect(second.left.map(({ bytes }) => bytes)).toEqual([1000, 1000])
  expect(await second.copies.load(second.left[1]!)).toEqual(Buffer.alloc(1000, 1))
})

test('a disk that takes nothing costs memory up to 64 MiB; then the oldest that wait give way', async () => {
  const { copies, overflown, lines, readings } = await opened(broken)
  const all = Array.from({ length: 70 }, (_, at) => request(mib, at))
  for (const one of all.slice(0, 2)) one.isTaken = true
  for (const one of all) copies.keep(one)
  expect(overflown).toEqual(all.slice(2, 8))
  expect(lines[0]?.message).toMatch(/^The disk cannot be used/)
  const labels =
    'otel.component.name=otlp,nettracer.signal=metrics,nettracer.storage.operation=open'
  expect((await readings())[`nettracer.exporter.storage.errors{${labels}}`]).toBe(1)
  await copies.close(1000)
})

test('a disk that does not answer is not waited for at the end', async () => {
  const { storage } = await fileStorage({ directory: scratch() })
  const never = new Promise<never>(() => {})
  const { copies } = await opened({
    maxBytes: mib,
    maxAgeMs: 1e9,
    open: async (owner) => ({
      ...(await storage.open(owner)),
      left: [],
      append: () => never,
      close: async () => {},
    }),
  })
  const stuck = request(10)
  copies.keep(stuck)
  await copies.close(50)
  expect(stuck.stored).toBeUndefined()
})

test('a disk that fails is what keeps the component from its work, until it takes a request', async () => {
  const { storage } = await fileStorage({ directory: scratch() })
  let isBroken = true
  const { copies, problems } = await opened({
    maxBytes: mib,
    maxAgeMs: 1e9,
    open: async (owner) => {
      if (isBroken) throw new Error('EROFS: read-only file system')
      return storage.open(owner)
    },
  })
  const reason: unknown = expect.stringMatching(/^The disk cannot be used/)
  expect(problems()).toMatchObject([{ what: 'storage', reason }])
  isBroken = false
  copies.keep(request(10))
  await copies.close(1000)
  expect(problems()).toEqual([])
})
