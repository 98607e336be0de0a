import { expect, test } from 'vitest'
import { remarkOnBpf, requireLinux, requireRoot } from '../../../tools/bootstrap/machine.js'

const here = { platform: 'linux', arch: 'x64' }
const typesOfKernel = import.meta.filename

test('Linux on x86-64 is accepted', () => {
  expect(() => requireLinux(here)).not.toThrow()
})

test.each([
  { machine: { ...here, platform: 'darwin' }, says: 'needs Linux, this is darwin' },
  { machine: { ...here, arch: 'ia32' }, says: 'needs an x86-64 or arm64 processor, this is ia32' },
])('another machine is refused in one line: $says', ({ machine, says }) => {
  expect(() => requireLinux(machine)).toThrow(says)
})

test('tests need root', () => {
  expect(() => requireRoot('npm test', 0)).not.toThrow()
  expect(() => requireRoot('npm test', 1000)).toThrow('needs root: run sudo npm test')
})

const told = (effective: string) =>
  remarkOnBpf([], { status: `Uid:\t1000\nCapEff:\t${effective}\n`, typesOfKernel })

test.each([
  { who: 'who has every capability', effective: '000001ffffffffff' },
  { who: 'who has just those for BPF', effective: '000000c000000000' },
  { who: 'who has CAP_SYS_ADMIN', effective: '0000000000200000' },
])('$who is told nothing', ({ effective }) => {
  expect(told(effective)).toBeUndefined()
})

test.each([
  { who: 'who has CAP_BPF only', effective: '0000008000000000', lacks: 'CAP_PERFMON' },
  { who: 'who has none', effective: '0000000000000000', lacks: 'CAP_BPF and CAP_PERFMON' },
])('$who is told what is lacking, and not refused', ({ effective, lacks }) => {
  expect(told(effective)).toContain(`without ${lacks} the source is inet_diag`)
})

const all = 'CapEff:\t000001ffffffffff\n'

test('a kernel without BTF is told of, with the option that it lacks', () => {
  const remark = remarkOnBpf(['--config', 'a.yaml'], { status: all, typesOfKernel: '/nowhere/btf' })
  expect(remark).toMatch(/without \/nowhere\/btf .*CONFIG_DEBUG_INFO_BTF=y/)
})

test.each([['validate'], ['components'], ['print-config'], ['doctor'], ['--help']])(
  'of %s nothing is told: it loads nothing',
  (command) => {
    expect(remarkOnBpf([command], { status: '', typesOfKernel: '/nowhere/btf' })).toBeUndefined()
  },
)
