import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { startProgram } from '../support/agent-traffic.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const sdks = join(root, 'build/sdks')
const apps = [
  { sdk: 'Python', command: [join(sdks, 'python/bin/python'), join(root, 'test/sdks/app.py')] },
  { sdk: 'Go', command: [join(sdks, 'go/app')] },
] as const
const areThere = apps.every(({ command: [file] }) => existsSync(file))
if (!areThere) process.stderr.write('SKIPPED: no SDKs in build/sdks: npm run check:sdks\n')

const environments: readonly Readonly<Record<string, string>>[] = [
  {},
  { OTEL_SERVICE_NAME: 'shop' },
  {
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,service.namespace=n,service.version=1%2C2,team=c%20d',
  },
  { OTEL_SERVICE_NAME: 'shop', OTEL_RESOURCE_ATTRIBUTES: ' service.name = a ,b=2,' },
  {
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=n,service.instance.id=told,team=c',
  },
]

/** Starts the application. @returns the resource of its span, without what tells of the SDK and ids that it makes by chance */
async function start(command: readonly string[], env: Readonly<Record<string, string>>) {
  const [file = '', ...args] = command
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  await until('the resource of the SDK', () => printed.endsWith('\n'))
  const told: Record<string, string> = JSON.parse(printed)
  const isTold = env['OTEL_RESOURCE_ATTRIBUTES']?.includes('service.instance.id') === true
  const kept = Object.entries(told).filter(
    ([key]) => !key.startsWith('telemetry.') && (isTold || key !== 'service.instance.id'),
  )
  const triplet = ['service.name', 'service.namespace', 'service.instance.id']
  return Object.fromEntries(kept.filter(([key]) => !isTold || triplet.includes(key)))
}

test.skipIf(!areThere).each(apps)(
  "connections have the resource of the application's own spans: $sdk",
  async ({ command }) => {
    const folder = mkdtempSync(join(tmpdir(), 'nettracer-sdks-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const path = join(folder, 'metrics.jsonl')
    const agent = await Agent.start({ config: agentConfig({ file: { path } }) })
    const server = startProgram()
    const ports = await server.run<number[]>(
      `ls = [listen() for _ in range(${environments.length})]`,
      '[port_of(l) for l in ls]',
    )
    const told: object[] = []
    for (const [at, env] of environments.entries()) {
      told.push(await start([...command, String(ports[at])], env))
    }
    await agent.stop()
    const found = ports.map((port) =>
      Points.inFile(path)
        .where({ 'server.port': String(port), 'nettracer.role': 'client' })
        .named('nettracer.bytes_tx')
        .resources(),
    )
    expect(found).toEqual(told.map((one) => [expect.objectContaining(one)]))
    // An id that the SDK was told is sent with nothing else beside it.
    expect(found.at(-1)).toEqual([told.at(-1)])
  },
)
