import { expect, test } from 'vitest'
import { requireKernelTypes, requireRoot } from '../../../tools/bootstrap/machine.js'

const root = { platform: 'linux', uid: 0, arch: 'x64' }

test('root on Linux is accepted', () => {
  expect(() => requireRoot('npm start', root)).not.toThrow()
})

test.each([
  { machine: { ...root, uid: 1000 }, says: 'needs root to load BPF: run sudo npm start' },
  { machine: { ...root, platform: 'darwin' }, says: 'needs Linux, this is darwin' },
  { machine: { ...root, arch: 'ia32' }, says: 'needs an x86-64 or arm64 processor, this is ia32' },
])('another machine is refused in one line: $says', ({ machine, says }) => {
  expect(() => requireRoot('npm start', machine)).toThrow(says)
})

test('a kernel without BTF is refused, with the option that it lacks', () => {
  expect(() => requireKernelTypes(['--config', 'a.yaml'], '/nowhere/btf')).toThrow(
    /\/nowhere\/btf is missing.*CONFIG_DEBUG_INFO_BTF=y/,
  )
})

test.each([['validate'], ['components'], ['print-config'], ['doctor'], ['--help']])(
  '%s runs on a kernel without BTF',
  (command) => {
    expect(() => requireKernelTypes([command], '/nowhere/btf')).not.toThrow()
  },
)
