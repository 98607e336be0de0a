import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { BoundedFiles } from '../../src/identity/files.ts'
import { parsePasswd, Users } from '../../src/identity/users.ts'
import { ProcTree } from './support/proc-tree.ts'

let tree: ProcTree | undefined
afterEach(() => tree?.delete())

test.each([
  { name: 'a plain line', text: 'web:x:33:33::/:\n', uid: 33, user: 'web' },
  { name: 'the first of two names', text: 'a:x:5:5::/:\nb:x:5:5::/:\n', uid: 5, user: 'a' },
  { name: 'no number', text: 'a:x:five:5::/:\n', uid: 5, user: undefined },
  { name: 'no name', text: ':x:5:5::/:\n', uid: 5, user: undefined },
  { name: 'a negative number', text: 'a:x:-5:5::/:\n', uid: -5, user: undefined },
  { name: 'a cut line', text: 'a:x', uid: 0, user: undefined },
])('passwd with $name gives $user', ({ text, uid, user }) => {
  expect(parsePasswd(text).get(uid)).toBe(user)
})

test('a user without a name is the number', () => {
  tree = new ProcTree()
  const users = new Users(new BoundedFiles(), tree.etcRoot)
  expect([users.nameOf(33), users.nameOf(4242)]).toEqual(['web', '4242'])
})

test('passwd is read again when it has changed, and may be absent', () => {
  tree = new ProcTree()
  const users = new Users(new BoundedFiles(), tree.etcRoot)
  expect(users.nameOf(33)).toBe('web')
  tree.write('etc/passwd', 'www:x:33:33::/:\n')
  utimesSync(join(tree.etcRoot, 'passwd'), 1, 1)
  expect(users.nameOf(33)).toBe('www')
  expect(new Users(new BoundedFiles(), join(tree.root, 'none')).nameOf(33)).toBe('33')
})

test('no text makes passwd fail, and names have a bounded length', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), (name, uid) => {
      const names = parsePasswd(`${name}:x:${uid}:0::/:`)
      for (const found of names.values()) expect(found.length).toBeLessThanOrEqual(256)
    }),
  )
})
