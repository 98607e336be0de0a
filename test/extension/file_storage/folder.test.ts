import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { Folder } from '../../../src/extension/file_storage/folder.ts'
import { DamagedItemError, type StoredItem } from '../../../src/model/storage.ts'
import { scratch } from '../../support/storage.ts'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text))
const folderAt = (path: string, fsync = false) =>
  Folder.open({ path, mode: 0o750, fsync, onClosed: () => {} })

test.each([false, true])(
  'what is kept is there after a restart, in its order (fsync: %s)',
  async (fsync) => {
    const path = join(scratch(), 'queue')
    const before = await folderAt(path, fsync)
    for (let at = 0; at < 12; at += 1)
      await before.append(bytes(`body ${at}`), { items: at, timeMs: 1e12 + at })
    await before.close()

    const { left, ...after } = { left: (await folderAt(path)).left }
    expect(after).toEqual({})
    expect(left.map(({ items, timeMs }) => [items, timeMs - 1e12])).toEqual(
      Array.from({ length: 12 }, (_, at) => [at, at]),
    )
    const again = await folderAt(path)
    const bodies = await Promise.all(
      left.map(async (item) => Buffer.from(await again.read(item)).toString()),
    )
    expect(bodies).toEqual(Array.from({ length: 12 }, (_, at) => `body ${at}`))
  },
)

test('what is new comes behind what an earlier run left, also when that is removed', async () => {
  const path = scratch()
  const first = await folderAt(path)
  const one = await first.append(bytes('one'), { items: 1, timeMs: 5 })
  const second = await folderAt(path)
  await second.remove(one)
  const two = await second.append(bytes('two'), { items: 1, timeMs: 4 })
  expect(two.sequence).toBeGreaterThan(one.sequence)
  expect((await folderAt(path)).left).toEqual([two])
})

test('files are for their owner only, and what is not ours is left alone', async () => {
  const path = scratch()
  writeFileSync(join(path, 'notes.txt'), 'mine')
  writeFileSync(join(path, '0000000000000001-1-1-x.otlp'), 'no name of ours')
  const folder = await folderAt(path)
  expect(folder.left).toEqual([])
  await folder.append(bytes('one'), { items: 1, timeMs: 5 })
  const [name = ''] = readdirSync(path).filter((one) => one.endsWith('-1-5-3.otlp'))
  expect(statSync(join(path, name)).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(path, 'notes.txt'), 'utf8')).toBe('mine')
})

test('that an item is gone already is no error', async () => {
  const folder = await folderAt(scratch())
  const item = await folder.append(bytes('one'), { items: 1, timeMs: 5 })
  await folder.remove(item)
  await expect(folder.remove(item)).resolves.toBeUndefined()
  await expect(folder.read(item)).rejects.toThrow(/ENOENT/)
})

test('a folder that cannot be written to says so, and keeps what it has', async () => {
  const path = scratch()
  const folder = await folderAt(path)
  const item = await folder.append(bytes('one'), { items: 1, timeMs: 5 })
  rmSync(path, { recursive: true })
  await expect(folder.append(bytes('two'), { items: 1, timeMs: 5 })).rejects.toThrow(/ENOENT/)
  mkdirSync(path)
  expect((await folder.append(bytes('three'), { items: 1, timeMs: 5 })).sequence).toBe(
    item.sequence + 2,
  )
})

/** Root may read what nobody may read. */
const isWhole = (damage: string | undefined) =>
  damage === undefined || (damage === 'nobody may read it' && process.getuid?.() === 0)

/** Ways in which a file may be hurt; each is told by its effect. */
type Damage = (path: string, at: number) => void
const damages: Record<string, Damage> = {
  'a bit is flipped': (path, at) => {
    const content = readFileSync(path)
    const place = at % content.length
    content[place] = (content[place] ?? 0) ^ (1 << (at % 8))
    writeFileSync(path, content)
  },
  'it is cut short': (path, at) => truncateSync(path, at % statSync(path).size),
  'it is empty': (path) => truncateSync(path, 0),
  'something stands behind it': (path, at) =>
    appendFileSync(path, Buffer.alloc(1 + (at % 5000), at)),
  'a block is zeroed': (path, at) => {
    const content = readFileSync(path)
    const from = at % content.length
    // What is zero already is not hurt.
    if (content.subarray(from, from + 512).every((byte) => byte === 0)) content[from] = 1
    else content.fill(0, from, Math.min(from + 512, content.length))
    writeFileSync(path, content)
  },
  'it is garbage of the same size': (path, at) =>
    writeFileSync(path, Buffer.alloc(statSync(path).size, 1 + (at % 255))),
  'it is gone': (path) => rmSync(path),
  'a folder stands in its place': (path) => {
    rmSync(path)
    mkdirSync(path)
  },
  'nobody may read it': (path) => chmodSync(path, 0),
}

/** What can be read of it, in hexadecimal; `undefined` where it says that it cannot. */
async function readAll(folder: Folder): Promise<Map<number, string | undefined>> {
  const bodies = new Map<number, string | undefined>()
  for (const item of folder.left) {
    const body = await folder.read(item).catch(() => undefined)
    bodies.set(item.sequence, body && Buffer.from(body).toString('hex'))
  }
  return bodies
}

test('1,000 random damages: each file is whole or known to be lost, and all others are kept', async () => {
  const root = scratch()
  let run = 0
  const hurts = fc.array(
    fc.tuple(fc.constantFrom(...Object.keys(damages)), fc.nat(7), fc.nat(100_000)),
    { minLength: 1, maxLength: 4 },
  )
  const contents = fc.array(fc.uint8Array({ minLength: 0, maxLength: 3000 }), {
    minLength: 1,
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(contents, hurts, async (bodies, all) => {
      const path = join(root, String((run += 1)))
      const before = await folderAt(path)
      const kept: StoredItem[] = []
      for (const body of bodies) kept.push(await before.append(body, { items: 1, timeMs: run }))
      const names = readdirSync(path).toSorted()
      const hurt = new Map(all.map(([kind, which, at]) => [which % names.length, { kind, at }]))
      for (const [which, { kind, at }] of hurt) damages[kind]?.(join(path, names[which] ?? ''), at)

      const found = await readAll(await folderAt(path))
      const wholes = kept.map((_, which) => isWhole(hurt.get(which)?.kind))
      for (const [which, { sequence }] of kept.entries()) {
        const content = Buffer.from(bodies[which] ?? []).toString('hex')
        expect(found.get(sequence)).toBe(wholes[which] === true ? content : undefined)
      }
      rmSync(path, { recursive: true })
    }),
    { numRuns: 1000 },
  )
}, 120_000)

test('a damaged item says what is wrong with it', async () => {
  const path = scratch()
  const folder = await folderAt(path)
  const item = await folder.append(bytes('one and two'), { items: 1, timeMs: 5 })
  const [name = ''] = readdirSync(path)
  damages['a bit is flipped']?.(join(path, name), 300)
  await expect(folder.read(item)).rejects.toThrow(DamagedItemError)
  onTestFinished(() => expect(readdirSync(path)).toHaveLength(1))
})
