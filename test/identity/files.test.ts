import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { BoundedFiles } from '../../src/identity/files.ts'

const root = mkdtempSync(join(tmpdir(), 'nettracer-files-'))
afterAll(() => rmSync(root, { recursive: true }))

test('reads no more than the limit, and counts what it left', () => {
  const files = new BoundedFiles()
  writeFileSync(join(root, 'long'), 'abcdefgh')
  expect(files.text(join(root, 'long'), 3)).toBe('abc')
  expect(files.truncations).toBe(1)
  expect(files.text(join(root, 'long'), 9)).toBe('abcdefgh')
  expect(files.truncations).toBe(1)
})

test('the bytes of a file are wiped once they were used', () => {
  const files = new BoundedFiles()
  writeFileSync(join(root, 'secret'), 'PASSWORD=hunter2')
  const kept = files.read(join(root, 'secret'), 100, (bytes) => bytes)
  expect(kept).toHaveLength(16)
  expect(kept?.every((byte) => byte === 0)).toBe(true)
})

test('a file that is not there is no failure', () => {
  const files = new BoundedFiles()
  expect(files.text(join(root, 'nothing'), 10)).toBeUndefined()
  expect(files.link(join(root, 'nothing'))).toBeUndefined()
  expect(files.text('/proc/4194305/stat', 10)).toBeUndefined()
  expect(files.failures).toBe(0)
})

test('what cannot be read for another reason is counted, with its code', () => {
  const files = new BoundedFiles()
  symlinkSync('loop', join(root, 'loop'))
  expect(files.text(join(root, 'loop'), 10)).toBeUndefined()
  expect(files.text(root, 10)).toBeUndefined()
  expect(files).toMatchObject({ failures: 2, lastFailure: 'EISDIR' })
})

test('a long list of the kernel is read to its end', () => {
  // One line for each mapping, handed out a page at a time.
  const maps = new BoundedFiles().lines('/proc/self/maps', 256 * 1024)
  expect(maps).toMatch(/\n$/)
  expect(maps?.length).toBeGreaterThan(8192)
  expect(maps).toContain('[stack]')
})
