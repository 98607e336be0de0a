import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { findCgroupMount } from '../../src/identity/cgroup-paths.ts'
import { redactCommandLine } from '../../src/identity/command-line.ts'
import { Identity } from '../../src/identity/index.ts'
import type { Logger } from '../../src/telemetry/telemetry.ts'
import { end, endAll, executableOf, keyOf, seen, start, until } from './support/processes.ts'
import { textContext } from './support/protobuf.ts'

const container = '3ac4a5b6c7d8e9f00112233445566778899aabbccddeeff00112233445566778'
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const scratch = mkdtempSync(join(tmpdir(), 'nettracer-identity-'))
afterEach(endAll)
afterAll(() => rmSync(scratch, { recursive: true }))

async function sleeping(env: Record<string, string> = {}): Promise<number> {
  const { pid } = start('/bin/sleep', ['60'], env)
  await until(() => executableOf(pid) === 'sleep')
  return pid
}

test('a running process has a full resource of its own', async () => {
  const pid = await sleeping()
  const before = Date.now()
  const { resource, mode, isAlive } = new Identity().resourceOf(keyOf(pid))
  expect({ mode, isAlive }).toEqual({ mode: 'own', isAlive: true })
  expect(resource.attributes).toMatchObject({
    'process.pid': pid,
    'process.executable.name': 'sleep',
    'process.owner': execFileSync('id', ['-un'], { encoding: 'utf8' }).trim(),
    'service.name': 'unknown_service:sleep',
    'service.instance.id': expect.stringMatching(uuid),
    'os.type': 'linux',
    'host.arch': expect.any(String),
    'host.name': expect.any(String),
  })
  expect(resource.attributes['process.executable.path']).toMatch(/\/sleep$/)
  expect(resource.attributes).not.toHaveProperty('process.command_line')
  // The kernel tells the time of its boot in whole seconds.
  const created = Date.parse(String(resource.attributes['process.creation.time']))
  expect(Math.abs(before - created)).toBeLessThan(10_000)
})

test('the command line is told where that is wanted', async () => {
  const identity = new Identity({ commandLine: redactCommandLine })
  const { resource } = identity.resourceOf(keyOf(await sleeping()))
  expect(resource.attributes['process.command_line']).toBe('/bin/sleep 60')
})

test("a service is named by the process's own environment", async () => {
  const pid = await sleeping({
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=no,service.namespace=eu,service.version=1.2',
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=secret',
    PASSWORD: 'secret',
  })
  const identity = new Identity({ commandLine: redactCommandLine }).resourceOf(keyOf(pid))
  expect(identity).toMatchObject({ serviceName: 'shop', serviceNamespace: 'eu', mode: 'own' })
  expect(identity.resource.attributes).toMatchObject({ 'service.version': '1.2' })
  expect(JSON.stringify(identity.resource.attributes)).not.toContain('secret')
})

test("the agent's own environment does not leak into a target", async () => {
  const pid = await sleeping({ LANG: 'C' })
  const agent = spawnSync(
    process.execPath,
    [
      '--experimental-strip-types',
      join(import.meta.dirname, 'support/print-resource.ts'),
      `${pid}`,
    ],
    {
      encoding: 'utf8',
      env: {
        OTEL_SERVICE_NAME: 'leaked-name',
        OTEL_RESOURCE_ATTRIBUTES:
          'service.instance.id=leaked-id,deployment.environment.name=leaked',
      },
    },
  )
  const printed = JSON.parse(agent.stdout) as { mode: string; attributes: Record<string, unknown> }
  expect(printed.attributes).toMatchObject({
    'process.pid': pid,
    'service.name': 'unknown_service:sleep',
  })
  expect(agent.stdout).not.toContain('leaked')
})

test('processes that share an instance id share a resource, others never do', async () => {
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=web,service.instance.id=web-1' }
  const [first, second, third] = [await sleeping(env), await sleeping(env), await sleeping()]
  const fourth = await sleeping({ OTEL_SERVICE_NAME: 'web' })
  const identity = new Identity()
  const all = [first, second, third, fourth].map((pid) => identity.resourceOf(keyOf(pid)))
  expect(all[0]?.mode).toBe('shared-triplet')
  expect(all[0]?.resource.attributes).toEqual({
    'service.name': 'web',
    'service.instance.id': 'web-1',
  })
  expect(all[1]?.resource).toBe(all[0]?.resource)
  expect(new Set(all.map((one) => one.instanceId)).size).toBe(3)
})

test('names with any bytes are text, and never something else', async () => {
  const directory = join(scratch, 'odd')
  mkdirSync(directory)
  const name = 'a\\377\\033[31m"\\n$(x);b'
  const command = `cp /bin/sleep "$1/$(printf '${name}')" && exec "$1/$(printf '${name}')" 60`
  const { pid } = start('/bin/sh', ['-c', command, 'sh', directory], { PATH: '/bin:/usr/bin' })
  await until(() => executableOf(pid) !== 'sh' && executableOf(pid) !== '')
  const { executableName, serviceName } = new Identity().resourceOf(keyOf(pid))
  expect(executableName).toBe('a\ufffd\x1b[31m"\n$(x);b')
  expect(serviceName).toBe(`unknown_service:${executableName}`)
})

test('an executable that was deleted keeps its name', async () => {
  const copy = join(scratch, 'gone-binary')
  writeFileSync(copy, readFileSync('/bin/sleep'))
  chmodSync(copy, 0o755)
  const { pid } = start(copy, ['60'])
  await until(() => executableOf(pid) === 'gone-binary')
  rmSync(copy)
  const { resource } = new Identity().resourceOf(keyOf(pid))
  expect(resource.attributes).toMatchObject({
    'process.executable.name': 'gone-binary',
    'process.executable.path': copy,
  })
})

test('a process that ended before anyone looked has what the kernel told', async () => {
  const { pid, child } = start('/bin/true', [])
  await once(child, 'exit')
  const identity = new Identity()
  const key = { pid, startTime: 123_450_000_000n, cgroupId: 0n }
  identity.seen(seen(key, { executableName: 'curl', comm: 'curl', uid: 4242 }))
  const { resource, isAlive } = identity.resourceOf(key)
  expect(isAlive).toBe(false)
  expect(resource.attributes).toMatchObject({
    'process.pid': pid,
    'process.executable.name': 'curl',
    'process.owner': '4242',
    'service.name': 'unknown_service:curl',
    'service.instance.id': expect.stringMatching(uuid),
    'process.creation.time': expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
  })
  expect(identity.stats()).toMatchObject({ processes: 1, ended: 1, gone: 1, failures: 0 })
})

test("the kernel's word may come after the question", () => {
  const identity = new Identity()
  const key = { pid: 4_194_300, startTime: 10_000_000n, cgroupId: 0n }
  const asked = identity.resourceOf(key)
  expect(asked.serviceName).toBe('unknown_service')
  identity.seen(seen(key, { executableName: 'curl' }))
  expect(asked.serviceName).toBe('unknown_service:curl')
  expect(identity.resourceOf(key)).toBe(asked)
})

test('a pid that was used again is another process', async () => {
  const pid = await sleeping({ OTEL_SERVICE_NAME: 'new' })
  const now = keyOf(pid)
  const before = { ...now, startTime: now.startTime - 20_000_000n }
  const identity = new Identity()
  identity.seen(seen(before, { executableName: 'old' }))
  expect(identity.resourceOf(before)).toMatchObject({
    serviceName: 'unknown_service:old',
    isAlive: false,
  })
  expect(identity.resourceOf(now)).toMatchObject({ serviceName: 'new', isAlive: true })
  expect(identity.resourceOf(before).instanceId).not.toBe(identity.resourceOf(now).instanceId)
})

test('without a start time it is whoever has the pid now', async () => {
  const pid = await sleeping()
  const identity = new Identity()
  const timed = identity.resourceOf(keyOf(pid))
  const untimed = identity.resourceOf({ pid, startTime: 0n, cgroupId: 0n })
  expect(untimed.instanceId).toBe(timed.instanceId)
  expect(untimed.resource.attributes).toEqual(timed.resource.attributes)
})

test('the instance id is the same in another run of the agent', async () => {
  const key = keyOf(await sleeping())
  const id = new Identity().resourceOf(key).instanceId
  expect(new Identity().resourceOf({ ...key, cgroupId: 99n }).instanceId).toBe(id)
  expect(new Identity({ bootId: 'another' }).resourceOf(key).instanceId).not.toBe(id)
})

test('a program that is replaced by another is looked at again', async () => {
  let now = 0
  const { pid, child } = start('/bin/sh', ['-c', 'read line; exec sleep 60'], {
    PATH: '/bin:/usr/bin',
  })
  await until(() => executableOf(pid) === 'sh')
  const identity = new Identity({ clock: () => now })
  const known = identity.resourceOf(keyOf(pid))
  const { resource, executableName } = known
  child.stdin?.write('\n')
  await until(() => executableOf(pid) === 'sleep')

  now = 4_999
  identity.refresh(now)
  expect(known.resource).toBe(resource)
  now = 5_000
  identity.refresh(now)
  expect(known.executableName).toBe('sleep')
  expect(known.executableName).not.toBe(executableName)
  expect(known.resource).not.toBe(resource)
})

test('a process that ends keeps its resource until nobody has asked for a minute', async () => {
  let now = 0
  const started = start('/bin/sleep', ['60'])
  const { pid } = started
  await until(() => executableOf(pid) === 'sleep')
  const identity = new Identity({ clock: () => now })
  const key = keyOf(pid)
  const { resource } = identity.resourceOf(key)
  await end(started)
  now = 5_000
  identity.refresh(now)
  expect(identity.resourceOf(key)).toMatchObject({ isAlive: false, executableName: 'sleep' })
  expect(identity.resourceOf(key).resource).toBe(resource)
  now = 65_000
  identity.refresh(now)
  expect(identity.stats().processes).toBe(1)
  now = 65_001
  identity.refresh(now)
  expect(identity.stats().processes).toBe(0)
})

const script = join(import.meta.dirname, 'support', 'publish_context.py')
const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) process.stderr.write('SKIPPED: no python3, so no process publishes its resource\n')

test.skipIf(!hasPython)("an SDK's published resource is sent exactly", async () => {
  let now = 0
  const told = { 'service.name': 'shop', 'service.instance.id': 'i-1', 'telemetry.sdk.name': 'x' }
  const payloads = [textContext(told), textContext({ ...told, extra: 'later' })]
  const hex = payloads.map((payload) => payload.toString('hex'))
  const environment = { PATH: process.env.PATH ?? '', OTEL_SERVICE_NAME: 'from-environment' }
  const { pid, child } = start('python3', ['-I', script, 'once', ...hex], environment)
  await once(child.stdout!, 'data')

  const identity = new Identity({ clock: () => now })
  const known = identity.resourceOf(keyOf(pid))
  expect(known.mode).toBe('shared-exact')
  expect(known.resource.attributes).toEqual(told)

  const { resource } = known
  now = 5_000
  identity.refresh(now)
  expect(known.resource).toBe(resource)

  child.stdin?.write('\n')
  await once(child.stdout!, 'data')
  now = 30_000
  identity.refresh(now)
  expect(known.resource.attributes).toEqual({ ...told, extra: 'later' })
  expect(identity.stats()).toMatchObject({ contextReads: 2 })
})

const mount = findCgroupMount(readFileSync('/proc/self/mountinfo', 'utf8'))
const group = join(mount ?? '', `nettracer-test-${process.pid}`)
const canMakeGroups = makeGroup(group)
if (!canMakeGroups) {
  process.stderr.write(
    'SKIPPED: no control group can be made here (root and cgroup v2 are needed)\n',
  )
}

function makeGroup(path: string): boolean {
  if (mount === undefined) return false
  try {
    mkdirSync(path)
    return true
  } catch {
    return false
  }
}

async function removeGroup(path: string): Promise<void> {
  // The kernel lets go of a group a moment after its last process.
  await until(() => {
    try {
      rmdirSync(path)
      return true
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT'
    }
  })
}

const inGroup = join(group, `docker-${container}.scope`)
const command = 'echo $$ > "$1/cgroup.procs"; echo in; read line; exec sleep 60'
beforeAll(() => {
  if (canMakeGroups) mkdirSync(inGroup)
})
afterAll(async () => {
  if (!canMakeGroups) return
  await endAll()
  await removeGroup(inGroup)
  await removeGroup(group)
})

test.skipIf(!canMakeGroups)(
  'the container of a running process is told by its control group',
  async () => {
    const { pid, child } = start('/bin/sh', ['-c', command, 'sh', inGroup])
    await once(child.stdout!, 'data')
    const known = new Identity().resourceOf(keyOf(pid))
    expect(known.containerId).toBe(container)
    expect(known.resource.attributes).toMatchObject({ 'container.id': container })
  },
)

test.skipIf(!canMakeGroups)(
  'the container of a process that is gone is told by the id of its group',
  async () => {
    const cgroupId = statSync(inGroup, { bigint: true }).ino
    const identity = new Identity()
    const key = { pid: 4_194_300, startTime: 10_000_000n, cgroupId }
    identity.seen(seen(key, { executableName: 'curl' }))
    expect(identity.resourceOf(key).resource.attributes).toMatchObject({
      'container.id': container,
      'process.executable.name': 'curl',
    })
  },
)

test.skipIf(!canMakeGroups)('a connection without a process belongs to its control group', () => {
  const cgroupId = statSync(inGroup, { bigint: true }).ino
  const identity = new Identity()
  const known = identity.resourceOf({ pid: 0, startTime: 0n, cgroupId })
  expect(known.resource.attributes).toMatchObject({
    'container.id': container,
    'service.name': 'unknown_service',
    'service.instance.id': expect.stringMatching(uuid),
  })
  expect(known.resource.attributes).not.toHaveProperty('process.pid')
  const other = identity.resourceOf({ pid: 0, startTime: 0n, cgroupId: 0n })
  expect(other.serviceName).toBe('unknown_service')
  expect(other.instanceId).not.toBe(known.instanceId)
})

test('what cannot be read is counted and logged, and the process still has a resource', () => {
  // A directory in the place of a file: what root is refused as well.
  const procRoot = join(scratch, 'proc')
  mkdirSync(join(procRoot, '7', 'environ'), { recursive: true })
  writeFileSync(join(procRoot, '7', 'stat'), `7 (a) S ${'0 '.repeat(18)}5000 0\n`)
  const limited = vi.fn<Logger['limited']>()
  const identity = new Identity({ procRoot, logger: { limited } })
  const known = identity.resourceOf({ pid: 7, startTime: 50_000_000_000n, cgroupId: 0n })
  expect(known).toMatchObject({ executableName: 'a', isAlive: true })
  expect(identity.stats().failures).toBe(1)
  identity.refresh()
  identity.refresh()
  expect(limited).toHaveBeenCalledExactlyOnceWith(
    'warn',
    'identity_unreadable',
    expect.any(String),
    { failures: 1, code: 'EISDIR' },
  )
})
