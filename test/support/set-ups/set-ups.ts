import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { textContext } from '../../identity/support/protobuf.ts'
import { until } from '../agent.ts'
import { startProgram } from '../agent-traffic.ts'
import { type Attributes, ownResource } from './expected.ts'
import { inGroup } from './places.ts'
import type { SetUp } from './set-up.ts'

const named = { 'service.name': 'shop', 'service.namespace': 'eu' }
const shopEnvironment = {
  OTEL_SERVICE_NAME: 'shop',
  OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=eu',
}
const docker = '3ac4a5b6c7d8e9f00112233445566778899aabbccddeeff00112233445566778'
const inner = '9be2f5c1d3a47b6e8f0a1b2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d3e4f506'
const dial = (port: number): string => `s = connect('127.0.0.1', ${port}); s.send(b'hello')`

/** A Python program that connects once and stays. */
async function plain(
  port: number,
  settings: Parameters<typeof startProgram>[0] = {},
  ...first: string[]
) {
  const program = startProgram(settings)
  await program.run(...first, dial(port))
  return program
}

/** Of a shell whose whole life is one connection. Printed are its pid and its line in /proc. */
async function shortLife(port: number, env: Record<string, string>) {
  const starter = startProgram({ env })
  const script = [
    `exec 3<>/dev/tcp/127.0.0.1/${port}`,
    'printf hello >&3',
    'read -r line < /proc/$$/stat',
    'echo "$line"',
  ].join('; ')
  const stat = await starter.run<string>(
    'import subprocess',
    `subprocess.run(['bash', '-c', ${JSON.stringify(script)}], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout`,
  )
  return { pid: Number(stat.split(' ', 1)[0]), stat }
}

async function sdkApp(port: number, env: Record<string, string>) {
  const script = fileURLToPath(new URL('print-sdk.ts', import.meta.url))
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, ['--no-warnings', script, String(port)], {
    env: { PATH, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  await until('the resource of the SDK', () => printed.endsWith('\n'))
  return { pid: child.pid ?? 0, told: toldBySdk(printed) }
}

/** The resource in a request of OTLP as JSON, without what only tells of the SDK itself. */
function toldBySdk(json: string): Attributes {
  interface Request {
    readonly resourceMetrics: readonly {
      readonly resource: {
        readonly attributes: readonly { key: string; value: { stringValue: string } }[]
      }
    }[]
  }
  const { resourceMetrics }: Request = JSON.parse(json)
  const attributes = resourceMetrics[0]?.resource.attributes ?? []
  const all = attributes.map(({ key, value }) => [key, value.stringValue] as const)
  return Object.fromEntries(all.filter(([key]) => !key.startsWith('telemetry.')))
}

const processes: readonly SetUp[] = [
  {
    name: 'a plain process',
    start: async (port) => [ownResource(await plain(port), {})],
  },
  {
    name: 'a process with a name and attributes in its environment',
    start: async (port) => {
      const env = {
        OTEL_SERVICE_NAME: 'shop',
        OTEL_RESOURCE_ATTRIBUTES:
          'service.name=no,service.namespace=eu,service.version=1%2C2,deployment.environment.name=prod',
      }
      const more = { 'service.version': '1,2', 'deployment.environment.name': 'prod' }
      return [ownResource(await plain(port, { env }), { ...named, ...more })]
    },
  },
  {
    name: 'a process whose attributes are malformed',
    start: async (port) => {
      const env = { OTEL_SERVICE_NAME: 'shop', OTEL_RESOURCE_ATTRIBUTES: 'a=1,b' }
      return [ownResource(await plain(port, { env }), { 'service.name': 'shop' })]
    },
  },
  {
    name: 'a process that changed its environment',
    start: async (port) => {
      const change = "os.environ['OTEL_SERVICE_NAME'] = 'changed'"
      return [ownResource(await plain(port, { env: shopEnvironment }, change), named)]
    },
  },
  {
    name: 'a process that connects by a thread',
    start: async (port) => {
      const program = startProgram({ env: shopEnvironment })
      await program.run(
        `def work(): global s; s = connect('127.0.0.1', ${port}); s.send(b'hello')`,
        'in_thread(work).join()',
      )
      return [ownResource(program, named)]
    },
  },
  {
    name: 'a process that forked without exec, and its child',
    start: async (port) => {
      const program = await plain(port, { env: shopEnvironment })
      const child = await program.run<number>(
        'ready, done = os.pipe()',
        'child = os.fork()',
        'if child == 0:',
        `    t = connect('127.0.0.1', ${port}); t.send(b'hello'); os.write(done, b'x'); time.sleep(600)`,
        'os.read(ready, 1)',
        'child',
      )
      onTestFinished(() => void process.kill(child, 'SIGKILL'))
      return [ownResource(program, named), ownResource({ pid: child }, named)]
    },
  },
  {
    name: 'workers of a prefork server',
    role: 'server',
    start: async (port) => {
      const server = startProgram({ env: shopEnvironment })
      const workers = await server.run<number[]>(
        `l = listen('127.0.0.1', ${port})`,
        'def worker():',
        '    child = os.fork()',
        '    if child == 0:',
        "        c = accept(l); c.recv(5); c.send(b'hello'); time.sleep(600)",
        '    return child',
        '[worker(), worker()]',
      )
      onTestFinished(() => {
        for (const pid of workers) process.kill(pid, 'SIGKILL')
      })
      for (const _ of workers) await plain(port)
      return workers.map((pid) => ownResource({ pid }, named))
    },
  },
  {
    name: 'two processes that had one pid, one after the other',
    isShort: true,
    start: async (port) => {
      const program = startProgram({ env: shopEnvironment })
      const lives = await program.run<string[]>(
        'def life(pid):',
        '    for _ in range(500):',
        '        go, tell = os.pipe(); out, said = os.pipe()',
        '        if pid: open("/proc/sys/kernel/ns_last_pid", "w").write(str(pid - 1))',
        '        child = os.fork()',
        '        if child == 0:',
        '            if os.read(go, 1) != b"y": os._exit(0)',
        `            s = connect('127.0.0.1', ${port}); s.send(b'hello')`,
        '            os.write(said, open("/proc/self/stat", "rb").read()); os._exit(0)',
        '        is_it = not pid or child == pid',
        '        os.write(tell, b"y" if is_it else b"n"); os.close(said)',
        '        stat = os.read(out, 4096).decode(); os.waitpid(child, 0)',
        '        for fd in (go, tell, out): os.close(fd)',
        '        if is_it: return stat',
        'def two(): first = life(0); time.sleep(0.02); return [first, life(int(first.split()[0]))]',
        'two()',
      )
      const executable = ownResource(program, {})['process.executable.path'] ?? ''
      return lives.map((stat) => {
        const pid = Number(stat.split(' ', 1)[0])
        return ownResource({ pid, stat, executable, hasPath: false }, named)
      })
    },
  },
  {
    name: "a script's short command",
    isShort: true,
    start: async (port) => {
      const life = await shortLife(port, shopEnvironment)
      return [ownResource({ ...life, executable: 'bash', hasPath: false }, named)]
    },
  },
  {
    name: 'a process that ran another program after it connected',
    start: async (port) => {
      const program = await plain(port, { env: shopEnvironment }, 'import threading')
      await program.run(
        's.set_inheritable(True)',
        "threading.Timer(0.2, lambda: os.execvp('sleep', ['sleep', '600'])).start()",
      )
      await until('the other program', () =>
        readFileSync(`/proc/${program.pid}/comm`, 'utf8').startsWith('sleep'),
      )
      return [ownResource(program, named)]
    },
  },
  {
    name: 'an executable that was deleted',
    start: async (port) => {
      const folder = mkdtempSync(join(tmpdir(), 'nettracer-set-up-'))
      const copy = join(folder, 'gone-python')
      copyFileSync('/usr/bin/python3', copy)
      const through = ['sh', '-c', 'shift; exec "$0" "$@"', copy]
      const program = startProgram({ env: { PYTHONHOME: '/usr' }, through })
      await program.run('1')
      rmSync(folder, { recursive: true })
      await program.run(dial(port))
      return [ownResource({ pid: program.pid, executable: copy }, {})]
    },
  },
]

const places: readonly SetUp[] = [
  {
    name: 'a systemd service',
    start: async (port) => {
      const through = inGroup('system.slice/web.service')
      const more = { 'service.name': 'web', 'systemd.unit.name': 'web.service' }
      return [ownResource(await plain(port, { through }), more)]
    },
  },
  {
    name: 'a container, in the control group of Docker',
    start: async (port) => {
      const through = inGroup(`system.slice/docker-${docker}.scope`)
      return [ownResource(await plain(port, { through }), { 'container.id': docker })]
    },
  },
  {
    name: 'a container in a container',
    start: async (port) => {
      const through = inGroup(`docker/${docker}/docker/${inner}`)
      return [ownResource(await plain(port, { through }), { 'container.id': inner })]
    },
  },
  {
    name: 'a container of LXC',
    start: async (port) => {
      const through = inGroup('lxc.payload.mail')
      const more = { 'container.id': 'mail', 'container.name': 'mail', 'service.name': 'mail' }
      return [ownResource(await plain(port, { through }), more)]
    },
  },
  {
    name: 'a process in user, pid and network namespaces of its own',
    start: async (port) => {
      const flags = ['--user', '--map-root-user', '--pid', '--fork', '--net', '--kill-child']
      const program = startProgram({ env: shopEnvironment, through: ['unshare', ...flags] })
      await program.run(
        "os.system('ip link set lo up')",
        `l = listen('127.0.0.1', ${port})`,
        dial(port),
        'c = accept(l)',
      )
      const children = readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8')
      return [ownResource({ pid: Number(children.trim()) }, named)]
    },
  },
]

const published = {
  'service.name': 'shop',
  'service.instance.id': 'published-1',
  'telemetry.sdk.name': 'opentelemetry',
  'host.name': 'as-the-sdk-says',
}
const triplet = { ...named, 'service.instance.id': 'told-1' }

const sdks: readonly SetUp[] = [
  {
    name: 'an SDK without an instance id',
    start: async (port) => {
      const env = {
        OTEL_SERVICE_NAME: 'shop',
        OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=eu,team=cart',
      }
      const { pid, told } = await sdkApp(port, env)
      return [ownResource({ pid }, told)]
    },
  },
  {
    name: 'an SDK that was told nothing',
    start: async (port) => {
      const { pid, told } = await sdkApp(port, {})
      return [ownResource({ pid }, told)]
    },
  },
  {
    name: 'an SDK with an instance id in its environment: the triplet',
    start: async (port) => {
      const { told } = await sdkApp(port, {
        OTEL_SERVICE_NAME: 'shop',
        OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=eu,service.instance.id=told-1,team=cart',
      })
      const keys = Object.keys(triplet)
      return [Object.fromEntries(Object.entries(told).filter(([key]) => keys.includes(key)))]
    },
  },
  {
    name: 'a process that publishes its resource: that, with nothing added',
    start: async (port) => {
      const path = fileURLToPath(
        new URL('../../identity/support/publish_context.py', import.meta.url),
      )
      await plain(
        port,
        { env: { OTEL_SERVICE_NAME: 'other' } },
        'import io',
        `sys.argv = ['publish', 'once', '${textContext(published).toString('hex')}']`,
        "sys.stdin = io.StringIO('')",
        "published = {'print': lambda *a, **k: None}",
        `exec(compile(open(${JSON.stringify(path)}).read(), 'publish', 'exec'), published)`,
      )
      return [published]
    },
  },
]

export const setUps: readonly SetUp[] = [...processes, ...places, ...sdks]
