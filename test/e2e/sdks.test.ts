import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { startProgram } from '../support/agent-traffic.ts'

type Attributes = Readonly<Record<string, string>>

interface App {
  readonly sdk: string
  /** Where fetch.sh makes it. */
  readonly folder: string
  readonly command: readonly [string, ...string[]]
  readonly cwd?: string
  readonly env?: Attributes
  /** @returns attributes of its span's resource, as soon as it has printed all of them */
  readonly read: (stdout: string, stderr: string) => Attributes | undefined
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const sdks = join(root, 'build/sdks')

const apps: readonly App[] = [
  {
    sdk: 'Python',
    folder: 'python',
    command: [join(sdks, 'python/bin/python'), join(root, 'test/sdks/app.py')],
    read: readObject,
  },
  { sdk: 'Go', folder: 'go', command: [join(sdks, 'go/app')], read: readObject },
  {
    sdk: 'Node.js',
    folder: 'node',
    command: [
      // By its name, which it tells as its own.
      'node',
      ...['--import', '@opentelemetry/auto-instrumentations-node/register'],
      join(sdks, 'node/app.mjs'),
    ],
    cwd: join(sdks, 'node'),
    // Those for clouds ask their metadata services.
    env: {
      OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process',
      OTEL_TRACES_EXPORTER: 'console',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    },
    read: readObject,
  },
  {
    sdk: 'Java',
    folder: 'java',
    command: [
      'java',
      `-javaagent:${join(sdks, 'java/opentelemetry-javaagent.jar')}`,
      ...['-Dotel.traces.exporter=logging-otlp', '-Dotel.bsp.schedule.delay=100'],
      ...['-Dotel.metrics.exporter=none', '-Dotel.logs.exporter=none'],
      // With all, and compiled well, it takes half a minute to start.
      '-XX:TieredStopAtLevel=1',
      '-Dotel.instrumentation.common.default-enabled=false',
      '-Dotel.instrumentation.java-http-server.enabled=true',
      ...['-cp', join(sdks, 'java'), 'App'],
    ],
    read: readLogged,
  },
]

function isThere({ sdk, folder }: App): boolean {
  const isMade = existsSync(join(sdks, folder, 'digest'))
  if (!isMade) {
    process.stderr.write(`SKIPPED: no SDK for ${sdk} in build/sdks: npm run check:sdks\n`)
  }
  return isMade
}

const environments: readonly Attributes[] = [
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

function readObject(stdout: string): Attributes | undefined {
  return stdout.endsWith('\n') ? textsOf(Object.entries(JSON.parse(stdout))) : undefined
}

/** OTLP as JSON in a line of the log. */
function readLogged(_stdout: string, stderr: string): Attributes | undefined {
  const [, json] = /(\{"resource":.*\})\n/.exec(stderr) ?? []
  if (json === undefined) return undefined
  const { resource } = JSON.parse(json) as {
    resource: { attributes: { key: string; value: object }[] }
  }
  return textsOf(resource.attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}

function textsOf(entries: readonly (readonly [string, unknown])[]): Attributes {
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

/** Starts the application. @returns the resource of its span */
async function start(app: App, port: number, env: Attributes): Promise<Attributes> {
  const { command, cwd, read } = app
  const [file, ...args] = [...command, String(port)]
  const child = spawn(file, args, { cwd, env: { PATH: process.env['PATH'], ...app.env, ...env } })
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  await until('the resource of the SDK', () => {
    if (child.exitCode !== null) throw new Error(`the application ended:\n${stderr}`)
    return read(stdout, stderr) !== undefined
  })
  return read(stdout, stderr) ?? {}
}

/** What tells of the SDK, or what the agent tells of no process. */
const ofSdkOnly =
  /^(telemetry\..*|process\.(command|command_args|command_line|runtime\..*)|os\.(version|description))$/
const instanceId = 'service.instance.id'
const triplet = ['service.name', 'service.namespace', instanceId]

/** What connections are to say, of what the SDK says. */
function wanted(told: Attributes, env: Attributes): Attributes {
  const isTold = env['OTEL_RESOURCE_ATTRIBUTES']?.includes(instanceId) === true
  const all = Object.entries(told).filter(([key]) => !ofSdkOnly.test(key))
  // An id that the SDK was told is sent with nothing else beside it; one that it made by chance nobody knows.
  return Object.fromEntries(
    all.filter(([key]) => (isTold ? triplet.includes(key) : key !== instanceId)),
  )
}

/** A row for each attribute that both have, or that only the SDK has. */
function print(
  sdk: string,
  told: readonly Attributes[],
  found: readonly (readonly Attributes[])[],
) {
  const rows = told.flatMap((one, at) =>
    Object.entries(one).map(([key, value]) => {
      const ours = found[at]?.[0]?.[key]
      const result = ours === value ? 'equal' : (ours ?? '-')
      return `| ${sdk} ${at + 1} | ${key} | ${value} | ${result} |`
    }),
  )
  process.stdout.write(
    `| environment | attribute | span | connection |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`,
  )
}

describe.each(apps)('$sdk', (app) => {
  test.skipIf(!isThere(app))(
    "connections have the resource of the application's own spans",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'nettracer-sdks-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      const path = join(folder, 'metrics.jsonl')
      const agent = await Agent.start({ config: agentConfig({ file: { path } }) })
      const server = startProgram()
      const ports = await server.run<number[]>(
        `ls = [listen() for _ in range(${environments.length})]`,
        '[port_of(l) for l in ls]',
      )
      const told: Attributes[] = []
      for (const [at, env] of environments.entries()) {
        told.push(await start(app, ports[at] ?? 0, env))
      }
      await agent.stop()
      const found = ports.map((port) =>
        Points.inFile(path)
          .where({ 'server.port': String(port), 'nettracer.role': 'client' })
          .named('nettracer.bytes_tx')
          .resources(),
      )
      print(app.sdk, told, found)
      const expected = told.map((one, at) => wanted(one, environments[at] ?? {}))
      expect(found).toEqual(expected.map((one) => [expect.objectContaining(one)]))
      expect(found.at(-1)).toEqual([expected.at(-1)])
    },
  )
})
