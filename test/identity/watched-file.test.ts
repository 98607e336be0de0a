import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { WatchedFile } from '../../src/identity/watched-file.ts'

let path: string
let warnings: unknown[]
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'watched-')), 'file')
  warnings = []
})

function watched(mostBytes = 1_000) {
  return new WatchedFile({
    path,
    mostBytes,
    parse: (bytes) => {
      if (bytes.includes('damaged')) throw new Error('line 1: damaged')
      return bytes.toString()
    },
    logger: { limited: (_level, _key, _message, fields) => warnings.push(fields) },
  })
}

test('a file is read at the first look, and again when it was replaced', async () => {
  writeFileSync(path, 'one')
  const file = watched()
  await file.refresh(0)
  expect(file).toMatchObject({ content: 'one', epoch: 1 })
  writeFileSync(`${path}.new`, 'another')
  renameSync(`${path}.new`, path)
  await file.refresh(5_000)
  expect(file).toMatchObject({ content: 'one', epoch: 1 })
  await file.refresh(10_000)
  expect(file).toMatchObject({ content: 'another', epoch: 2 })
  await file.refresh(20_000)
  expect(file.epoch).toBe(2)
})

test('one that is damaged leaves what there was, and is told once until it changes', async () => {
  writeFileSync(path, 'one')
  const file = watched()
  await file.refresh(0)
  writeFileSync(path, 'damaged')
  await file.refresh(10_000)
  await file.refresh(20_000)
  expect(file).toMatchObject({ content: 'one', epoch: 1 })
  expect(warnings).toEqual([{ file: path, reason: 'line 1: damaged' }])
  expect(file.isUsable).toBe(false)
  writeFileSync(path, 'whole again')
  await file.refresh(30_000)
  expect(file).toMatchObject({ content: 'whole again', isUsable: true })
})

test('one that is away leaves what there was', async () => {
  const file = watched()
  await file.refresh(0)
  expect(file.content).toBeUndefined()
  expect(warnings).toHaveLength(1)
  expect(file.isUsable).toBe(false)
  writeFileSync(path, 'one')
  await file.refresh(10_000)
  expect(file.isUsable).toBe(true)
  rmSync(path)
  await file.refresh(20_000)
  expect(file).toMatchObject({ content: 'one', isUsable: false })
})

test('one that is too large is not read', async () => {
  writeFileSync(path, 'x'.repeat(11))
  const file = watched(10)
  await file.refresh(0)
  expect(file.content).toBeUndefined()
  expect(warnings).toEqual([{ file: path, reason: 'it has 11 bytes, and may have 10' }])
})

test('what takes long to read replaces what there was at once, when it is whole', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  let parsed = 0
  const file = new WatchedFile({
    path,
    mostBytes: 1_000,
    parse: (bytes) => {
      parsed += 1
      return bytes.includes('long') ? promise : bytes.toString()
    },
  })
  writeFileSync(path, 'short')
  await file.refresh(0)
  writeFileSync(path, 'a long one')
  const reading = file.refresh(10_000)
  await expect.poll(() => parsed).toBe(2)
  const meanwhile = file.refresh(20_000)
  expect(file).toMatchObject({ content: 'short', epoch: 1 })
  resolve('whole')
  await Promise.all([reading, meanwhile])
  expect(file).toMatchObject({ content: 'whole', epoch: 2, isUsable: true })
  expect(parsed).toBe(2)
})
