import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

export type Attributes = Readonly<Record<string, string>>

const instanceNamespace = '4d63009a-8d0f-11ee-aad7-4c796ed8e320'
const read = (path: string): string => readFileSync(path, 'utf8')
const run = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { encoding: 'utf8' }).trim()

/** What the machine calls itself, by its own tools. */
function host(): Attributes {
  const machine = run('uname', ['-m'])
  const id = machineId()
  return {
    ...(id !== '' && { 'host.id': id }),
    'host.name': run('uname', ['-n']),
    'host.arch': machine === 'x86_64' ? 'amd64' : machine.replace('aarch64', 'arm64'),
    'os.type': 'linux',
  }
}

function machineId(): string {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      return read(path).trim()
    } catch {
      continue
    }
  }
  return ''
}

/** Start of a process in clock ticks, of its line in `/proc/PID/stat`. */
const ticksOf = (stat: string): string => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''

const unsolved = 'uuid5 of: '

/** Makes the instance ids, by another implementation of UUIDs than ours: all in one go. */
export function withInstanceIds(resources: readonly Attributes[]): Attributes[] {
  const program =
    'import json, sys, uuid; n = uuid.UUID(sys.argv[1]); print(json.dumps([str(uuid.uuid5(n, x)) for x in json.load(sys.stdin)]))'
  const ids = resources.map((one) => one['service.instance.id'] ?? '')
  const names = ids.filter((id) => id.startsWith(unsolved)).map((id) => id.slice(unsolved.length))
  const input = JSON.stringify(names)
  const printed = execFileSync('python3', ['-c', program, instanceNamespace], { input })
  const made = (JSON.parse(printed.toString()) as string[]).values()
  return resources.map((one, at) => ({
    ...one,
    'service.instance.id': ids[at]?.startsWith(unsolved)
      ? (made.next().value ?? '')
      : (ids[at] ?? ''),
  }))
}

const machine = once(host)
const owner = once(() => run('id', ['-un', '0']))
const bootId = once(() => read('/proc/sys/kernel/random/boot_id').trim())

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

const isPython = (path: string): boolean => /\/python[\d.]*$/.test(path)

/** What Python knows as the end of `sys.executable`. */
function wordOf(pid: number): string {
  return basename(read(`/proc/${pid}/cmdline`).split('\0', 1)[0] ?? '')
}

export interface ProcessOf {
  readonly pid: number
  /** Its line in `/proc/PID/stat`, if it is gone by now. */
  readonly stat?: string
  readonly executable?: string
  /** It was gone before anyone could read its path. */
  readonly hasPath?: boolean
}

/** The whole resource, for {@link withInstanceIds}, of a process whose instance id is ours, as `/proc` and the machine tell it; `more` by who started it. */
export function ownResource(of: ProcessOf, more: Attributes): Attributes {
  const { pid, stat = read(`/proc/${pid}/stat`), hasPath = true } = of
  const path = of.executable ?? readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')
  const boot = Number(/^btime (\d+)$/m.exec(read('/proc/stat'))?.[1])
  return {
    ...machine(),
    'process.pid': String(pid),
    'process.executable.name': basename(path),
    ...(hasPath && { 'process.executable.path': path }),
    'process.owner': owner(),
    'process.creation.time': new Date(boot * 1000 + Number(ticksOf(stat)) * 10).toISOString(),
    'service.name': `unknown_service:${hasPath && isPython(path) ? wordOf(pid) : basename(path)}`,
    'service.instance.id': `${unsolved}${bootId()} process ${pid} ${ticksOf(stat)}`,
    ...more,
  }
}
