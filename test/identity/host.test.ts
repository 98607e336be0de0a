import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readHost } from '../../src/identity/host.ts'
import { ProcTree } from './support/proc-tree.ts'

let tree: ProcTree
beforeEach(() => {
  tree = new ProcTree()
})
afterEach(() => tree.delete())

test('a host is its machine id, name, architecture and system', () => {
  const { attributes } = readHost(tree)
  expect(attributes).toEqual({
    'host.id': '0123456789abcdef0123456789abcdef',
    'host.name': 'tree',
    'host.arch':
      { x64: 'amd64', arm: 'arm32', ia32: 'x86' }[process.arch as string] ?? process.arch,
    'os.type': 'linux',
  })
})

test('the machine id of D-Bus counts where there is no other', () => {
  rmSync(join(tree.etcRoot, 'machine-id'))
  tree.write('dbus/machine-id', 'FFEEDDCCBBAA99887766554433221100\n')
  expect(readHost(tree).attributes['host.id']).toBe('ffeeddccbbaa99887766554433221100')
})

test.each([
  'uninitialized\n',
  '',
  '\n',
  '0'.repeat(32),
  'zz23456789abcdef0123456789abcdef',
  'ab'.repeat(17),
])('a machine id is never invented: %j is none', (text) => {
  tree.write('etc/machine-id', text)
  expect(readHost(tree).attributes).not.toHaveProperty('host.id')
})

test('a host that cannot be read still has a name', () => {
  const nowhere = join(tree.root, 'nowhere')
  const { attributes } = readHost({ procRoot: nowhere, etcRoot: nowhere, dbusRoot: nowhere })
  expect(attributes['host.name']).not.toBe('')
  expect(attributes).not.toHaveProperty('host.id')
})

test('the system is described as os-release does', () => {
  tree.write('etc/os-release', 'ID=debian\nPRETTY_NAME="Debian 12"\nVERSION_ID=\'12\'\n')
  expect(readHost(tree).system).toEqual({ 'os.description': 'Debian 12', 'os.version': '12' })
  tree.write('etc/os-release', 'PRETTY_NAME=""\n')
  expect(readHost(tree).system).toEqual({})
})
