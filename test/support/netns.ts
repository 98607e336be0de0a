import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

const run = promisify(execFile)
let made = 0

/** A network namespace of a test's own, so that the machine's other traffic is never in its numbers. */
export interface Namespace {
  readonly name: string
  /** What the records call `netns`. */
  readonly inode: number
}

export function commandIn(namespace: Namespace, ...command: string[]): string[] {
  return ['ip', 'netns', 'exec', namespace.name, ...command]
}

export async function execIn(namespace: Namespace, ...command: string[]): Promise<string> {
  const [program, ...args] = commandIn(namespace, ...command)
  const { stdout } = await run(program as string, args, { maxBuffer: 64 << 20 })
  return stdout
}

/** Makes a namespace with loopback up; it goes when the test ends. */
export async function createNamespace(): Promise<Namespace> {
  const name = `nettracer-test-${process.pid}-${made++}`
  await run('ip', ['netns', 'add', name])
  onTestFinished(() => removeNamespace(name))
  const namespace = { name, inode: statSync(`/run/netns/${name}`).ino }
  await execIn(namespace, 'ip', 'link', 'set', 'lo', 'up')
  return namespace
}

export function removeNamespace(name: string): void {
  try {
    execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' })
  } catch {
    // The test deleted it.
  }
}

/** A cable between two namespaces. `a` has `prefix.1`, `b` `prefix.2`; devices are named `to-NAME`. */
export async function cable(
  a: Namespace,
  b: Namespace,
  prefix = '10.99.0',
): Promise<{ a: string; b: string }> {
  const id = `${process.pid % 100_000}-${made++}`
  const devices = { a: `nta${id}`, b: `ntb${id}` }
  const link = `link add ${devices.a} netns ${a.name} type veth peer name ${devices.b} netns ${b.name}`
  await run('ip', link.split(' '))
  await execIn(a, 'ip', 'addr', 'add', `${prefix}.1/24`, 'dev', devices.a)
  await execIn(b, 'ip', 'addr', 'add', `${prefix}.2/24`, 'dev', devices.b)
  await execIn(a, 'ip', 'link', 'set', devices.a, 'up')
  await execIn(b, 'ip', 'link', 'set', devices.b, 'up')
  return devices
}

/** `a` and `b` that reach each other through `router` only. */
export async function createRoutedNamespaces() {
  const a = await createNamespace()
  const b = await createNamespace()
  const router = await createNamespace()
  const cableOfA = await cable(router, a, '10.98.1')
  const cableOfB = await cable(router, b, '10.98.2')
  await setSysctl(router, 'net.ipv4.ip_forward', '1')
  await execIn(a, 'ip', 'route', 'add', 'default', 'via', '10.98.1.1')
  await execIn(b, 'ip', 'route', 'add', 'default', 'via', '10.98.2.1')
  return { a, b, router, addressOfA: '10.98.1.2', addressOfB: '10.98.2.2', cableOfA, cableOfB }
}

export async function setSysctl(namespace: Namespace, name: string, value: string): Promise<void> {
  await execIn(namespace, 'sysctl', '-qw', `${name}=${value}`)
}

/** Adds a rule to a chain of its own on a hook: `input`, `output` or `forward`. */
export async function addRule(
  namespace: Namespace,
  hook: 'input' | 'output' | 'forward',
  rule: string,
): Promise<void> {
  const chain = `${hook}${made++}`
  await execIn(
    namespace,
    'nft',
    `add table inet test; add chain inet test ${chain} { type filter hook ${hook} priority 0; }; add rule inet test ${chain} ${rule}`,
  )
}

export async function dropRules(namespace: Namespace): Promise<void> {
  await execIn(namespace, 'nft', 'delete table inet test')
}

/** The namespace's own counters, as `nstat` reads them from /proc/net/snmp and netstat. */
export async function readNstat(namespace: Namespace): Promise<(name: string) => number> {
  const output = await execIn(namespace, 'nstat', '-azsj')
  const { kernel } = JSON.parse(output) as { kernel: Record<string, number> }
  return (name) => {
    const value = kernel[name]
    if (value === undefined) throw new Error(`nstat has no ${name}`)
    return value
  }
}

const delayLink = fileURLToPath(new URL('delay-link.py', import.meta.url))

/** A link on which each packet takes its time, each way. `a` has 10.97.0.1, `b` 10.97.0.2. */
export async function slowLink(a: Namespace, b: Namespace, delayMs: number): Promise<void> {
  const ends = [a.name, '10.97.0.1/24', b.name, '10.97.0.2/24']
  const child = spawn('python3', [delayLink, String(delayMs), ...ends], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
}
