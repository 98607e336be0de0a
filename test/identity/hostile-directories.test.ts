import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { Attributes } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { consoleConfig } from '../../src/exporter/console/config.ts'
import { ConsoleExporter } from '../../src/exporter/console/exporter.ts'
import { ConsoleOutput } from '../../src/exporter/console/output.ts'
import { debugConfig } from '../../src/exporter/debug/config.ts'
import { DebugExporter } from '../../src/exporter/debug/exporter.ts'
import { writePage } from '../../src/exporter/prometheus/page.ts'
import { RemoteWriteWire } from '../../src/exporter/prometheusremotewrite/remote-write-wire.ts'
import { RequestV1 } from '../../src/exporter/prometheusremotewrite/request-v1.ts'
import { jsonMetricsWire } from '../../src/exporter/wire/json-wire.ts'
import { protobufMetricsWire } from '../../src/exporter/wire/protobuf-wire.ts'
import { ContainerRuntimes } from '../../src/identity/container/runtimes.ts'
import type { ProcessFacts, Surroundings } from '../../src/identity/facts.ts'
import { OwnPods } from '../../src/identity/kubernetes/own-pods.ts'
import { PeerDatabase, systemOf } from '../../src/identity/peer-databases.ts'
import { shapeResource } from '../../src/identity/resource-shape.ts'
import type { Metrics } from '../../src/model/metrics.ts'
import { service } from '../exporter/console/traffic-metrics.ts'
import { storeOf } from '../exporter/prometheus/example.ts'
import { disturbsTerminal, hostileNames, textOf } from '../support/hostile-names.ts'
import { metricsOf, point, resource, sum } from '../support/metrics.ts'
import { mmdb } from '../support/mmdb.ts'
import { decodeRequest, pointsOfModel, pointsOfOtlp } from '../support/otlp-points.ts'
import { parsePage, promtoolCheck } from '../support/prometheus.ts'
import { recordedSettings } from '../support/recorded-telemetry.ts'
import { decodeV1 } from '../support/remote-write-requests.ts'
import { DockerServer } from './container/support/docker-server.ts'
import { containerStatus, extraction, podObject } from './support/kubernetes-objects.ts'

const names = [
  ...hostileNames,
  { what: '64 KB', bytes: Buffer.from('B'.repeat(65_536)) },
  { what: 'a forged series', bytes: Buffer.from('x"} 1\nforged{a="b') },
]
const texts = names.map(textOf)
const idOf = (place: number): string => place.toString(16).padStart(64, '0')
const sent = 5

const shell: ProcessFacts = {
  ...{ pid: 7, startTicks: 1, creationMs: 1, executableName: 'sh', executablePath: '/bin/sh' },
  ...{ startedAs: undefined, commandLine: undefined, owner: 'root', context: undefined },
  cgroup: undefined,
  environment: new Map(),
}
const nowhere: Surroundings = {
  ...{ container: undefined, pod: undefined, podInstanceId: undefined },
  ...{ serviceLabels: new Map(), ruled: new Map() },
}

/** JSON as a careless runtime writes it: bytes that are not UTF-8 stay. */
function jsonText(bytes: Buffer): string {
  const escape = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`
  const inner = bytes
    .toString('latin1')
    .split('')
    .map((one) => (one < ' ' || one === '"' || one === '\\' ? escape(one) : one))
    .join('')
  return `"${inner}"`
}

/** Of a real socket. */
async function containersOf() {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-hostile-'))
  const server = await new DockerServer(join(folder, 'docker.sock')).start()
  const told = names.map(({ bytes }, place) => {
    const name = jsonText(bytes)
    const labels = `{"team":${name},${name.replace('"', '"l.')}:"v","x.y":"1","x-y":"2"}`
    const image = name.replace('"', '"reg:5000/').replace(/"$/, ':1"')
    return `{"Id":"${idOf(place)}","Names":[${name.replace('"', '"/')}],"Image":${image},"Labels":${labels}}`
  })
  const body = Buffer.from(`[${told.join(',')}]`, 'latin1')
  server.answers.set('/containers/json', (response) => void response.end(body))
  const runtimes = new ContainerRuntimes({ endpoints: [server.path], labels: ['*'] })
  await runtimes.start()
  const found = names.map((_, place) => runtimes.find(idOf(place)))
  await runtimes.stop()
  return found
}

function podsOf() {
  const pods = new OwnPods({ extraction })
  pods.relisting()
  for (const [place, text] of texts.entries()) {
    const annotations = {
      'resource.opentelemetry.io/note': text,
      [`resource.opentelemetry.io/${text}`]: 'v',
    }
    const shape = { uid: `u${place}`, name: text, namespace: text, deployment: text, annotations }
    const containers = [containerStatus(text, idOf(place))]
    pods.put({ ...podObject({ ...shape, containers }) })
  }
  pods.listed()
  return names.map((_, place) => pods.find(idOf(place), `u${place}`))
}

/** The autonomous systems of as many networks. */
function systems() {
  const ranges = texts.map((text, place) => {
    const value = { autonomous_system_number: place + 1, autonomous_system_organization: text }
    return [`11.0.${place}.0/24`, value] as const
  })
  const database = new PeerDatabase(mmdb(Object.fromEntries(ranges)))
  return names.map((_, place) => systemOf(database, `11.0.${place}.9`)?.organization)
}

interface World {
  /** Of one process each, the first half in containers, the second in pods. */
  readonly around: readonly Surroundings[]
  readonly shapes: readonly Attributes[]
  /** One connection of each, that has sent 5 bytes. */
  readonly metrics: Metrics
}

async function world(): Promise<World> {
  const containers = await containersOf()
  const pods = podsOf()
  const around = [
    ...containers.map((container) => ({ ...nowhere, container })),
    ...pods.map((pod, place) => ({ ...nowhere, pod, podInstanceId: `${texts[place]}.main` })),
  ]
  const shapes = around.map((one, place) => {
    const host = { place: String(place) }
    return shapeResource(shell, one, host, `own-${place}`).attributes
  })
  const organizations = systems()
  const metrics = metricsOf(
    ...shapes.map((attributes, place) => {
      const organization = organizations[place % names.length]
      const of = {
        ...{ 'network.transport': 'tcp', 'nettracer.role': 'client', 'server.port': 443 },
        'network.peer.address': '11.0.0.9',
        'server.as.organization.name': organization,
      }
      return resource(
        [
          sum([point(sent, of)], { name: 'nettracer.bytes_tx', unit: 'By' }),
          sum([point(1, of)], { name: 'nettracer.connections.opened', unit: '{connection}' }),
        ],
        attributes,
      )
    }),
  )
  return { around, shapes, metrics }
}

/** Docker has names with a slash for links between containers. */
const isContainersName = (text: string) => text.length <= 256 && !/.\//.test(text)

test('names of containers and pods are whole, or not there if they are too long', async () => {
  const { around } = await world()
  const told = around.map(
    ({ container, pod }) => container?.name ?? pod?.attributes['k8s.pod.name'],
  )
  const expected = [
    ...texts.map((text) => (isContainersName(text) ? text : undefined)),
    ...texts.map((text) => (text.length <= 1024 ? text : undefined)),
  ]
  expect(told).toEqual(expected)
})

async function bodiesOf(wire: typeof jsonMetricsWire, metrics: Metrics) {
  const bodies: Buffer[] = []
  await wire.write(metrics, {
    maxRequestBytes: 4_000_000,
    onRequest: ({ body }) => void bodies.push(Buffer.from(body)),
    onTooLarge: (items) => expect.unreachable(`${items} too large`),
  })
  return bodies
}

test('OTLP is the same in protobuf and JSON as what was to be written, a line each in JSON', async () => {
  const { metrics } = await world()
  const protobuf = await bodiesOf(protobufMetricsWire, metrics)
  const json = await bodiesOf(jsonMetricsWire, metrics)
  const whole = pointsOfModel(metrics.resourceMetrics)
  expect(protobuf.flatMap((body) => pointsOfOtlp(decodeRequest(body)))).toEqual(whole)
  expect(json.flatMap((body) => pointsOfOtlp(JSON.parse(body.toString())))).toEqual(whole)
  expect(json.filter((body) => body.includes('\n'))).toEqual([])
})

test('each line of the page for Prometheus is one that we wrote, and its counts are right', async () => {
  const { shapes, metrics } = await world()
  const settings = { isOpenMetrics: false, hasTimestamps: false }
  const page = [...writePage(storeOf(...metrics.resourceMetrics).snapshot(), settings)].join('')
  const samples = parsePage(page)
  expect(new Set(samples.map(({ name }) => name))).toEqual(
    new Set([
      'target_info',
      'nettracer_bytes_tx_bytes_total',
      'nettracer_connections_opened_total',
    ]),
  )
  const valuesOf = (name: string) =>
    samples.filter((one) => one.name === name).map(({ value }) => value)
  expect(valuesOf('nettracer_bytes_tx_bytes_total')).toEqual(shapes.map(() => sent))
  expect(valuesOf('nettracer_connections_opened_total')).toEqual(shapes.map(() => 1))
  const told = samples.map(({ labels }) => labels['container_name']).filter(Boolean)
  expect(told).toEqual(texts.filter(isContainersName))
  expect(promtoolCheck(page)?.filter((line) => line.includes('error')) ?? []).toEqual([])
})

test('remote write has each series once, each label once, and the counts', async () => {
  const { shapes, metrics } = await world()
  const wire = new RemoteWriteWire({
    ...{ namespace: '', hasSuffixes: true, constLabels: {}, externalLabels: {} },
    ...{ isWithoutScope: true, hasResourceLabels: false, hasTargetInfo: true },
    excludesServiceAttributes: false,
    createBody: () => new RequestV1({ hasMetadata: false }),
  })
  const written: ReturnType<typeof decodeV1> = []
  await wire.write(metrics, {
    maxRequestBytes: 4_000_000,
    onRequest: ({ body }) => void written.push(...decodeV1(body)),
    onTooLarge: (items) => expect.unreachable(`${items} too large`),
    onUnfit: (items) => expect.unreachable(`${items} unfit`),
  })
  const keysOf = (labels: readonly string[]) => labels.map((one) => one.split('=', 1)[0])
  const twice = written.filter(({ labels }) => new Set(keysOf(labels)).size < labels.length)
  expect(twice).toEqual([])
  const sums = written.filter(({ labels }) =>
    labels.includes('__name__=nettracer_bytes_tx_bytes_total'),
  )
  expect(sums.map(({ samples }) => samples[0]?.value)).toEqual(shapes.map(() => sent))
  const names = keysOf(written.flatMap(({ labels }) => labels))
  expect(names.filter((name) => !/^[a-zA-Z_]\w*$/.test(name ?? ''))).toEqual([])
})

test('what is written for people moves no cursor, and has no line that somebody else wrote', async () => {
  const { shapes, metrics } = await world()
  const recorded = recordedSettings('debug')
  let text = ''
  const verbosity = 'detailed'
  const config = debugConfig.parse({ verbosity, use_internal_logger: false })
  const debug = new DebugExporter(recorded.settings, config, (more) => {
    text += more
    return true
  })
  await debug.start()
  debug.consume(metrics)
  await debug.shutdown()
  let lines = ''
  const stream = new Writable({
    decodeStrings: false,
    write: (part: string, _encoding, done) => {
      lines += part
      done()
    },
  })
  const { settings } = recordedSettings('console')
  const { logger } = settings.telemetry
  const parsed = consoleConfig.parse({})
  const output = new ConsoleOutput({ stream, color: parsed.color, environment: {}, logger })
  const shown = new ConsoleExporter(settings, parsed, output)
  await shown.start()
  const talks = shapes.map((one, place) =>
    service(one, [
      { role: 'client', peer: texts[place % names.length] ?? '', tx: sent, opened: 1 },
    ]),
  )
  shown.consume(metricsOf(...talks))
  await shown.shutdown()
  for (const one of [text, lines]) {
    // Its own line has a tab, as the Collector's.
    const written = one.split('\n').filter((line) => !line.startsWith('Metrics\t'))
    expect(written.length).toBeGreaterThan(names.length)
    expect(written.filter(disturbsTerminal)).toEqual([])
    expect(written.filter((line) => line.startsWith('forged'))).toEqual([])
  }
})
