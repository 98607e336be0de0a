import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { capabilities } from '../../src/source/capabilities.ts'
import { Agent, agentConfig, main, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { bytesOf, end, type Link, link } from '../support/agent-traffic.ts'
import { commandIn, createNamespace } from '../support/netns.ts'
import { isReadableByAll, openFolder, withCapabilities } from '../support/privileges.ts'

const least = capabilities.filter(({ isExpected }) => isExpected).map(({ name }) => name)
const environment = { OTEL_SERVICE_NAME: 'shop' }
const datagramBytes = 4321
const isPossible = isReadableByAll(main) && isReadableByAll(process.execPath)

/** Traffic of processes of root, and what an agent with these capabilities says of it. */
async function watch(granted: readonly string[], receiver: object = {}) {
  const path = join(openFolder(), 'metrics.jsonl')
  const points = () => Points.inFile(path)
  const agent = await Agent.start({
    args: ['--config', `yaml:${stringify(agentConfig({ file: { path } }, receiver))}`],
    through: withCapabilities(granted),
  })
  const here = await link({ env: environment }, { env: environment })
  const through = { env: environment, through: commandIn(await createNamespace()) }
  const elsewhere = await link(through, through)
  for (const one of [here, elsewhere]) await open(one)
  const udpPort = await sendDatagram(here)
  // A connection that no dump meets has no owner with inet_diag.
  await until('open connections in the file', () => {
    return existsSync(path) && end(points(), here, 'client').all.length > 0
  })
  for (const one of [here, elsewhere]) await close(one)
  await agent.stop()

  const clients = end(points(), here, 'client').named('nettracer.bytes_tx').resources()
  const udp = points().where({ 'server.port': String(udpPort), 'network.transport': 'udp' })
  return {
    source: /source=(\w+) reason/.exec(agent.stderr)?.[1] ?? 'asked for',
    bytes: bytesOf(points(), here),
    bytesElsewhere: bytesOf(points(), elsewhere),
    services: clients.map((one) => one['service.name']?.replace(/:.*/, ':')),
    hasProcess: clients.every((one) => one['process.pid'] === String(here.client.pid)),
    hasPath: clients.every((one) => one['process.executable.path']?.startsWith('/') === true),
    udpBytes: udp.total('nettracer.bytes_tx'),
  }
}

async function open({ client, server }: Link): Promise<void> {
  await Promise.all([client.run('s = connect(*peer)'), server.run('c = accept(l)')])
  await Promise.all([client.run('send(s, 1_234_567)'), server.run('receive(c, 1_234_567)')])
  await Promise.all([server.run('send(c, 7_654_321)'), client.run('receive(s, 7_654_321)')])
}

async function close({ client, server }: Link): Promise<void> {
  await client.run('s.close()')
  await server.run('receive(c); c.close()')
}

async function sendDatagram({ client, server }: Link): Promise<number> {
  const port = await server.run<number>(
    'u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)',
    "u.bind(('127.0.0.1', 0))",
    'port_of(u)',
  )
  await client.run(
    'v = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)',
    `v.connect(('127.0.0.1', ${port}))`,
    `v.send(bytes(${datagramBytes}))`,
  )
  await server.run('len(u.recv(65536))')
  await client.run('v.close()')
  return port
}

/** Newer kernels let CAP_PERFMON read other processes' memory, and so their environments. */
function readsEnvironments(granted: readonly string[]): boolean {
  const [command, ...args] = [
    ...withCapabilities(granted),
    'head',
    '-c1',
    `/proc/${process.pid}/environ`,
  ]
  return spawnSync(command, args).status === 0
}

const exact = { client: [1_234_567, 7_654_321], server: [7_654_321, 1_234_567] }
const nothing = { client: [0, 0], server: [0, 0] }
const whole = {
  source: 'asked for',
  bytes: exact,
  bytesElsewhere: exact,
  services: ['shop'],
  hasProcess: true,
  hasPath: true,
  udpBytes: datagramBytes,
}
/** Of another user's process nobody tells the name, but BPF tells the process. */
const nameless = { ...whole, services: ['unknown_service:'] }
const netlink = { ...whole, source: 'inet_diag', bytesElsewhere: nothing, udpBytes: 0 }
const ownerless = { ...netlink, services: ['unknown_service'], hasProcess: false, hasPath: false }

/** What is found without each capability, as its row of the table says. */
const without: Readonly<Record<string, object>> = {
  CAP_BPF: netlink,
  CAP_PERFMON: netlink,
  // It says that addresses behind NAT cannot be read.
  CAP_NET_ADMIN: { ...whole, source: 'ebpf', udpBytes: 0 },
  CAP_SYS_PTRACE: {
    ...(readsEnvironments(least.filter((name) => name !== 'CAP_SYS_PTRACE')) ? whole : nameless),
    hasPath: false,
  },
  CAP_DAC_READ_SEARCH: nameless,
}

test.skipIf(!isPossible)('a user with the least capabilities sees all, exactly', async () => {
  expect(await watch(least)).toEqual(whole)
})

test.skipIf(!isPossible).each(least)(
  'without %s just that is lost which its row says, and nothing fails',
  async (name) => {
    expect(await watch(least.filter((one) => one !== name))).toEqual(without[name])
  },
)

test.skipIf(!isPossible)(
  'without any capability the connections of one network namespace',
  async () => {
    expect(await watch([])).toEqual(ownerless)
  },
)

test.skipIf(!isPossible)('CAP_SYS_ADMIN gives inet_diag the other network namespaces', async () => {
  const granted = ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH']
  const found = await watch(granted, { source: 'inet_diag' })
  expect(found).toEqual({ ...whole, udpBytes: 0 })
})

test.skipIf(!isPossible)(
  'doctor says of each capability whether it is there, and what is lost',
  () => {
    const granted = least.filter((name) => name !== 'CAP_NET_ADMIN')
    const [command, ...args] = [...withCapabilities(granted), process.execPath, main, 'doctor']
    const said = execFileSync(command, args, { encoding: 'utf8' })
    for (const { name, use, loss } of capabilities) {
      const told = granted.includes(name)
        ? `have: to ${use}`
        : `lack: to ${use}; lost without it: ${loss}`
      expect(said).toContain(` ${name}: ${told}\n`)
    }
    expect(said).toContain('FAIL  CAP_NET_ADMIN: ')
    expect(said).toMatch(/^ok +source: ebpf$/m)
  },
)
