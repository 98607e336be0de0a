import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import { uncompress } from 'snappyjs'
import { expect, test } from 'vitest'
import { Agent, otlpTo, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { startProgram } from '../support/agent-traffic.ts'
import { freePort } from '../support/free-port.ts'
import { disturbsTerminal, hostileNames, textOf } from '../support/hostile-names.ts'
import { OtlpHttpReceiver } from '../support/otlp-http-server.ts'
import { OtlpReceiver } from '../support/otlp-server.ts'
import { openFolder } from '../support/privileges.ts'
import { parsePage, promtoolCheck } from '../support/prometheus.ts'
import { decodeV1 } from '../support/remote-write-requests.ts'

const families = await protobuf.load(
  fileURLToPath(new URL('../exporter/prometheus/fixtures/client.proto', import.meta.url)),
)
const family = families.lookupType('io.prometheus.client.MetricFamily')
const accepted =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'

const expected = hostileNames.map(textOf)

/** Starts a shell for each name, called so as a service and as a file, that connects, sends and waits. */
const script = `
import base64, os, shutil, subprocess
def start(folder, port, names):
    for place, name in enumerate(base64.b64decode(one) for one in names):
        path = os.path.join(folder.encode(), name.replace(b'/', b'_')[:200] + b'-%d' % place)
        shutil.copy('/bin/bash', path)
        send = 'exec 3<>/dev/tcp/127.0.0.1/%d; printf hello >&3; read -r -t 300 -u 3; true' % port
        environment = {b'OTEL_SERVICE_NAME': name, b'FILLER': b'x' * 100_000, b'MORE': b'\\xff\\n' * 50_000}
        subprocess.Popen([path, '-c', send], env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
`

interface Outputs {
  readonly file: Points
  readonly grpc: Points
  readonly json: Points
  readonly page: string
  readonly protobufPage: Buffer
  readonly written: ReturnType<typeof decodeV1>
  readonly zpages: string
  readonly top: readonly string[]
  readonly stdout: string
  readonly stderr: string
}
async function gather(): Promise<Outputs> {
  const folder = openFolder()
  const grpc = await OtlpReceiver.start()
  const json = await OtlpHttpReceiver.start()
  const write = await OtlpHttpReceiver.start()
  const [page, zpages] = [await freePort(), await freePort()]
  const exporters = {
    file: { path: join(folder, 'metrics.jsonl') },
    otlp: otlpTo(grpc.port),
    otlphttp: { endpoint: `http://localhost:${json.port}`, encoding: 'json' },
    prometheus: { endpoint: `127.0.0.1:${page}` },
    prometheusremotewrite: { endpoint: `http://localhost:${write.port}/write` },
    debug: { verbosity: 'detailed' },
    console: {},
  }
  const agent = await Agent.start({
    config: {
      receivers: { nettracer: { collection_interval: '1s' } },
      exporters,
      extensions: { zpages: { endpoint: `127.0.0.1:${zpages}` } },
      service: {
        extensions: ['zpages'],
        telemetry: { logs: { level: 'debug' } },
        pipelines: {
          metrics: { receivers: ['nettracer'], exporters: Object.keys(exporters) },
          logs: { receivers: ['nettracer'], exporters: ['debug'] },
        },
      },
    },
  })
  const server = startProgram()
  const port = await server.run<number>(
    'l = listen()',
    'taken = []',
    'def serve():',
    '    while True:',
    '        taken.append(accept(l))',
    'in_thread(serve)',
    'port_of(l)',
  )
  const names = JSON.stringify(hostileNames.map(({ bytes }) => bytes.toString('base64')))
  await startProgram().run(script, `start('${folder}', ${port}, ${names})`)
  const ask = (accept: string) => fetch(`http://127.0.0.1:${page}/metrics`, { headers: { accept } })
  await until('each name in the page', async () => {
    const text = await (await ask('text/plain')).text()
    return missing(new Set(parsePage(text).map(({ labels }) => labels['job'] ?? ''))).length === 0
  })
  const [text, protobufPage] = [await ask('text/plain'), await ask(accepted)]
  const top = ['', '--json'].map((form) => startTop(['--once', ...form.split(' ').filter(Boolean)]))
  return {
    page: await text.text(),
    protobufPage: Buffer.from(await protobufPage.arrayBuffer()),
    zpages: await (await fetch(`http://127.0.0.1:${zpages}/debug/servicez`)).text(),
    top: await Promise.all(top),
    ...(await finish(agent, () => server.run('[c.close() for c in taken]'))),
    file: Points.inFile(join(folder, 'metrics.jsonl')),
    grpc: Points.of(grpc.received.map(({ request }) => request)),
    json: Points.of(json.requestsAt(json.received.map((_, place) => place))),
    written: write.received.flatMap(({ body }) => decodeV1(uncompress(body))),
  }
}

async function startTop(args: readonly string[]): Promise<string> {
  const top = Agent.spawn({ args: ['top', '--interval', '1s', ...args] })
  await top.exitCode()
  return top.stdout
}

async function finish(agent: Agent, close: () => Promise<unknown>) {
  await close()
  await agent.stop()
  return { stdout: agent.stdout, stderr: agent.stderr }
}

function servicesIn(points: Points): Set<string> {
  return new Set(points.resources().map((resource) => resource['service.name'] ?? ''))
}

/** What each output must show. */
const checks: Readonly<Record<string, (outputs: Outputs) => void>> = {
  'OTLP has each name whole'({ file, grpc, json }) {
    for (const points of [file, grpc, json]) expect(missing(servicesIn(points))).toEqual([])
  },

  'OTLP counts what each of them did'({ file, grpc, json }) {
    for (const points of [file, grpc, json]) {
      const counted = expected.map((name) => {
        const of = points.where({ 'service.name': name, 'nettracer.role': 'client' })
        return [name, of.total('nettracer.connections.opened'), of.total('nettracer.bytes_tx')]
      })
      expect(counted).toEqual(expected.map((name) => [name, 1, 'hello'.length]))
    }
  },

  'the page for Prometheus has each name whole, and no line that somebody else wrote'({ page }) {
    const samples = parsePage(page)
    expect(samples.filter(({ name }) => name.startsWith('forged'))).toEqual([])
    expect(missing(new Set(samples.map(({ labels }) => labels['job'] ?? '')))).toEqual([])
    expect(promtoolCheck(page)?.filter((line) => line.includes('error')) ?? []).toEqual([])
  },

  'the page in protobuf has each name whole'({ protobufPage }) {
    expect(missing(jobsInProtobuf(protobufPage))).toEqual([])
  },

  'remote write has each name whole'({ written }) {
    const labels = written.flatMap((series) => series.labels)
    const jobs = labels.filter((label) => label.startsWith('job='))
    expect(missing(new Set(jobs.map((label) => label.slice('job='.length))))).toEqual([])
  },

  'nothing that is shown on a terminal disturbs it'({ stdout, stderr, zpages, top }) {
    const shown = { stdout, stderr, zpages, top: top[0] ?? '' }
    expect(Object.entries(shown).filter(([, text]) => text === '')).toEqual([])
    expect(Object.entries(shown).filter(([, text]) => disturbsTerminal(text))).toEqual([])
  },

  'the JSON of top has each name whole'({ top }) {
    const { rows }: { rows: { service: string }[] } = JSON.parse(top[1] ?? '')
    expect(missing(new Set(rows.map(({ service }) => service)))).toEqual([])
  },

  'the status page is HTML with no element but its own'({ zpages }) {
    expect(zpages).not.toMatch(/<script|<img|onerror=/i)
  },

  'each executable is told, whatever its file is called'({ file }) {
    const paths = file.resources().map((one) => one['process.executable.path'] ?? '')
    const places = hostileNames.map((_, place) => `-${place}`)
    expect(places.filter((place) => !paths.some((path) => path.endsWith(place)))).toEqual([])
  },
}

test('names that were chosen to do harm break no output', async () => {
  const outputs = await gather()
  const failures: string[] = []
  for (const [rule, check] of Object.entries(checks)) {
    try {
      check(outputs)
    } catch (error) {
      failures.push(`${rule}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  expect(failures).toEqual([])
})

function missing(names: ReadonlySet<string>): string[] {
  return expected.filter((name) => !names.has(name))
}

function jobsInProtobuf(page: Buffer): Set<string> {
  const reader = protobuf.Reader.create(page)
  const jobs = new Set<string>()
  while (reader.pos < reader.len) {
    const { metric = [] } = family.toObject(family.decodeDelimited(reader)) as {
      metric?: { label?: { name: string; value: string }[] }[]
    }
    const labels = metric.flatMap(({ label = [] }) => label)
    for (const { name, value } of labels) if (name === 'job') jobs.add(value)
  }
  return jobs
}
