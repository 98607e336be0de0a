import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { digest, makeOnce } from '../../../tools/bootstrap/stamp.js'

function folder(): string {
  const root = mkdtempSync(join(tmpdir(), 'nettracer-stamp-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'src/inner'), { recursive: true })
  writeFileSync(join(root, 'src/inner/a.ts'), 'one')
  writeFileSync(join(root, 'lock.json'), '{}')
  return root
}

const inputs = ['src', 'lock.json', 'missing']

test('the same content has the same digest, whenever it was written', () => {
  const root = folder()
  const before = digest(root, inputs)
  writeFileSync(join(root, 'src/inner/a.ts'), 'one')

  expect(digest(root, inputs)).toBe(before)
})

test.each([
  { change: 'another content', file: 'src/inner/a.ts', text: 'two' },
  { change: 'a new file', file: 'src/inner/b.ts', text: 'one' },
  { change: 'a file that was missing', file: 'missing', text: '' },
])('$change changes the digest', ({ file, text }) => {
  const root = folder()
  const before = digest(root, inputs)
  writeFileSync(join(root, file), text)

  expect(digest(root, inputs)).not.toBe(before)
})

test('what was made is made again only for another key, or when it is gone', async () => {
  const root = folder()
  const made: string[] = []
  const work = (key: string, isThere = true): Promise<void> =>
    makeOnce({
      root,
      stamp: 'build/stamp',
      key,
      isThere: () => isThere,
      make: async () => void made.push(key),
    })

  await work('first')
  await work('first')
  await work('second')
  await work('second', false)

  expect(made).toEqual(['first', 'second', 'second'])
})

test('what could not be made is tried again', async () => {
  const root = folder()
  const made: string[] = []
  const work = (fails: boolean): Promise<void> =>
    makeOnce({
      root,
      stamp: 'build/stamp',
      key: 'key',
      isThere: () => true,
      make: async () => {
        if (fails) throw new Error('no room')
        made.push('key')
      },
    })

  await expect(work(true)).rejects.toThrow('no room')
  await work(false)

  expect(made).toEqual(['key'])
})
