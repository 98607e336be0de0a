import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { capabilities } from '../../src/source/capabilities.ts'
import { findComposeSchema } from '../../tools/bootstrap/requirements.js'
import { faultsBySchema } from '../support/json-schema.ts'

const root = new URL('../../', import.meta.url).pathname
const folder = join(root, 'examples/compose')
const read = (name: string) => parse(readFileSync(join(folder, name), 'utf8'))
const compose = read('compose.yaml')
const schemaPath = findComposeSchema(root)

test.skipIf(schemaPath === undefined)(
  "the compose file is as Docker Compose's schema has it",
  () => {
    const schema = JSON.parse(readFileSync(schemaPath ?? '', 'utf8'))
    expect(faultsBySchema(compose, schema)).toEqual([])
    expect(faultsBySchema({ services: { a: { imgae: 'b' } } }, schema)).toEqual([
      '.services.a: imgae is not known',
    ])
  },
)

test('the agent has the least capabilities', () => {
  const least = capabilities.filter(({ isExpected }) => isExpected)
  const { cap_drop: dropped, cap_add: added, privileged } = compose.services.nettracer
  expect({ dropped, added, privileged }).toEqual({
    dropped: ['ALL'],
    added: least.map(({ name }) => name.replace('CAP_', '')),
    privileged: undefined,
  })
})

test('each file that is mounted from the folder is there', () => {
  const services: { volumes?: string[] }[] = Object.values(compose.services)
  const files = services
    .flatMap(({ volumes = [] }) => volumes)
    .map((one) => one.split(':', 1)[0] ?? '')
  const own = files.filter((file) => file.startsWith('./'))
  expect(own.length).toBeGreaterThan(3)
  expect(own.filter((file) => !existsSync(join(folder, file)))).toEqual([])
})

test('data sources of Grafana, and exporters of the Collector, name services and their ports', () => {
  const { datasources } = read('grafana/provisioning/datasources/datasources.yaml')
  const { exporters } = read('otelcol.yaml')
  const urls = [
    ...datasources.map(({ url }: { url: string }) => url),
    ...Object.values<{ endpoint: string }>(exporters).map(({ endpoint }) => endpoint),
  ]
  const hosts = urls.map((url: string) => /^(?:http:\/\/)?([a-z]+):\d+/.exec(url)?.[1])
  expect(hosts).toEqual(['prometheus', 'tempo', 'prometheus', 'tempo'])
  for (const host of hosts) expect(Object.keys(compose.services)).toContain(host)
})

test('the profile of system calls allows bpf() and nothing that reaches into other processes or the machine', () => {
  const profile = JSON.parse(readFileSync(join(root, 'examples/seccomp.json'), 'utf8'))
  const [always, withAdmin] = profile.syscalls
  expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO')
  expect(always.names).toContain('bpf')
  expect(withAdmin).toMatchObject({ names: ['setns'], includes: { caps: ['CAP_SYS_ADMIN'] } })
  const refused = [
    ...[
      'ptrace',
      'process_vm_readv',
      'process_vm_writev',
      'kcmp',
      'pidfd_getfd',
      'mount',
      'umount2',
    ],
    ...['pivot_root', 'chroot', 'unshare', 'init_module', 'finit_module', 'kexec_load', 'reboot'],
    ...['keyctl', 'add_key', 'userfaultfd', 'io_uring_setup', 'perf_event_open', 'mknod'],
  ]
  expect(always.names.filter((name: string) => refused.includes(name))).toEqual([])
})
