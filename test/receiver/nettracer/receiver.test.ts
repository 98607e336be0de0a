import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { LogsConsumer } from '../../../src/model/component.ts'
import type { Metrics, Temporality } from '../../../src/model/metrics.ts'
import { type NettracerConfig, nettracerConfig } from '../../../src/receiver/nettracer/config.ts'
import { nettracerFactory } from '../../../src/receiver/nettracer/index.ts'
import { NettracerReceiver } from '../../../src/receiver/nettracer/receiver.ts'
import type { Sink, Source, SourceHealth } from '../../../src/source/source.ts'
import { at, namesOf, pointsOf, valuesOf } from '../../series/support.ts'
import { flow, increment, listener, processKey, rejection } from '../../support/increment.ts'
import { proc } from '../../support/proc.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

type Step = (sink: Sink) => void

/** A source that hands over what a test says, one step a collection. */
class ScriptedSource implements Source {
  readonly name = 'replay'
  readonly calls: string[] = []
  readonly #steps: Step[]
  #sink: Sink | undefined

  constructor(...steps: Step[]) {
    this.#steps = steps
  }

  async start(sink: Sink): Promise<void> {
    this.calls.push('start')
    this.#sink = sink
  }

  drain(): boolean {
    return false
  }

  async collect(): Promise<void> {
    this.calls.push('collect')
    const step = this.#steps.shift()
    if (this.#sink !== undefined) step?.(this.#sink)
  }

  health(): SourceHealth {
    const programs = [
      { name: 'one', attached: true, loss: 'nothing', missed: 2 },
      { name: 'other', attached: false, loss: 'resets', missed: 0 },
    ]
    return {
      records: 12,
      ringFull: 3,
      lost: 1,
      unknownRecords: 0,
      sockets: 5,
      unowned: 2,
      responsesLost: 5,
      undescribed: 4,
      endsMissed: 6,
      flowTableResets: 0,
      programs,
      netlink: { namespaces: 7, namespacesLeftOut: 8, overruns: 9, failures: 10 },
      edges: { untold: 11, leftOut: 12 },
      nat: {
        namespaces: 13,
        size: 1,
        entries: 14,
        missed: 15,
        overruns: 1,
        dumps: 17,
        failures: 18,
      },
    }
  }

  async stop(): Promise<void> {
    this.calls.push('stop')
  }
}

const hourly = nettracerConfig.parse({ collection_interval: '1h' })

function receiver(
  source: Source,
  part: Partial<NettracerConfig> = {},
  wanted: Temporality[] = ['cumulative'],
  procRoot?: string,
  logs?: LogsConsumer,
) {
  const consumed: Record<Temporality, Metrics[]> = { cumulative: [], delta: [] }
  const recorded = recordedSettings('nettracer')
  let second = 0
  const config = { ...hourly, ...part }
  const outlets = wanted.map((temporality) => ({
    temporality,
    consumer: { consume: (metrics: Metrics) => void consumed[temporality].push(metrics) },
  }))
  const started = new NettracerReceiver(
    recorded.settings,
    config,
    { metrics: outlets, logs },
    {
      createSource: () => source,
      timeline: {
        get now() {
          return at((second += 10))
        },
        next: () => ({
          instant: at((second += 10)),
          disturbance: { setMs: 0, asleepMs: 0 },
        }),
      },
      ...(procRoot !== undefined && { procRoot }),
    },
  )
  return { ...recorded, receiver: started, consumed }
}

/** Of an unknown process: nobody can say that it is gone. */
function traffic(): Step {
  const process = processKey(0)
  const client = flow({ process })
  const server = flow({ process, role: 'server', servicePort: 80, remoteAddress: '0.0.0.0' })
  return (sink) => {
    sink.connection(increment({ flow: client, bytesTx: 100, pktsTx: 1, opened: 1, active: 1 }))
    sink.listener(listener({ flow: server }))
    sink.rejection(rejection({ rejects: 1 }))
  }
}

test('a collection hands the metrics of its source to each outlet in its temporality', async () => {
  const one = flow({ process: processKey(0) })
  const step: Step = (sink) => sink.connection(increment({ flow: one, bytesTx: 100 }))
  const { receiver: started, consumed } = receiver(new ScriptedSource(step, step), {}, [
    'cumulative',
    'delta',
  ])
  await started.start()
  await started.collect()
  await started.collect()
  await started.shutdown()
  const bytes = (metrics: Metrics) => valuesOf(metrics, 'nettracer.bytes_tx')
  expect(consumed.cumulative.slice(0, 2).map(bytes)).toEqual([[100], [200]])
  expect(consumed.delta.slice(0, 2).map(bytes)).toEqual([[100], [100]])
})

test('in profile dynatrace an outlet that wants totals gets growth all the same', async () => {
  const one = flow({ process: processKey(0) })
  const step: Step = (sink) => sink.connection(increment({ flow: one, pktsTx: 5 }))
  const dynatrace = { profile: 'dynatrace' as const }
  const { receiver: started, consumed } = receiver(new ScriptedSource(step, step), dynatrace)
  await started.start()
  await started.collect()
  await started.collect()
  await started.shutdown()
  const sent = (metrics: Metrics) => valuesOf(metrics, 'builtin:tech.nettracer.pkts_tx')
  expect(consumed.cumulative.slice(0, 2).map(sent)).toEqual([[5], [5]])
})

test('the shutdown collects once more, then stops the source, and can be repeated', async () => {
  const source = new ScriptedSource(traffic())
  const { receiver: started, consumed } = receiver(source)
  await started.start()
  await started.shutdown()
  await started.shutdown()
  expect(source.calls).toEqual(['start', 'collect', 'stop'])
  expect(namesOf(consumed.cumulative[0])).toContain('nettracer.rejects')
})

test('a shutdown without a start does nothing', async () => {
  const source = new ScriptedSource()
  await receiver(source).receiver.shutdown()
  expect(source.calls).toEqual([])
})

test('a source that cannot start is stopped, and its reason is told', async () => {
  const source = new ScriptedSource()
  source.start = async () => {
    throw new Error('no BPF here')
  }
  await expect(receiver(source).receiver.start()).rejects.toThrow('no BPF here')
  expect(source.calls).toEqual(['stop'])
})

test('a collection that fails is counted and logged, and the next one has what it missed', async () => {
  const step = traffic()
  const fault = () => {
    throw new Error('pass failed')
  }
  const source = new ScriptedSource(step, fault, step)
  const { receiver: started, consumed, lines, readings } = receiver(source)
  await started.start()
  for (let times = 0; times < 3; times += 1) await started.collect()
  expect(lines).toContainEqual({
    level: 'error',
    message: 'a collection failed',
    fields: { error: 'pass failed' },
  })
  expect(consumed.cumulative.map((metrics) => valuesOf(metrics, 'nettracer.bytes_tx'))).toEqual([
    [100],
    [200],
  ])
  expect(await readings()).toMatchObject({
    'nettracer.exporter.collections{nettracer.outcome=completed}': 2,
    'nettracer.exporter.collections{nettracer.outcome=failed}': 1,
  })
  await started.shutdown()
})

test('a collection is skipped and counted while the one before runs', async () => {
  const source = new ScriptedSource(traffic())
  const { receiver: started, readings } = receiver(source)
  await started.start()
  await Promise.all([started.collect(), started.collect()])
  expect(await readings()).toMatchObject({
    'nettracer.exporter.collections{nettracer.outcome=completed}': 1,
    'nettracer.exporter.collections{nettracer.outcome=skipped}': 1,
  })
  await started.shutdown()
})

test('only the metrics and attributes that were chosen are reported', async () => {
  const { metrics } = nettracerConfig.parse({
    metrics: { 'nettracer.bytes_tx': { attributes: [] }, 'nettracer.traffic': { enabled: false } },
  })
  const { receiver: started, consumed } = receiver(new ScriptedSource(traffic()), { metrics })
  await started.start()
  await started.collect()
  await started.shutdown()
  expect(namesOf(consumed.cumulative[0])).not.toContain('nettracer.traffic')
  const [bytes] =
    consumed.cumulative[0]?.resourceMetrics
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics: all }) => all)
      .filter(({ descriptor }) => descriptor.name === 'nettracer.bytes_tx') ?? []
  expect(bytes?.dataPoints.map(({ attributes }) => attributes)).toEqual([{}])
})

test('a UDP socket that is not connected has no peer, one that is has its own', async () => {
  const [any, dns] = ['0.0.0.0', '10.0.0.53'].map((remoteAddress) =>
    increment({
      flow: flow({ process: processKey(0), transport: 'udp', remoteAddress, servicePort: 53 }),
      bytesTx: 9,
    }),
  )
  const source = new ScriptedSource((sink) => {
    for (const one of [any, dns]) if (one !== undefined) sink.connection(one)
  })
  const { receiver: started, consumed } = receiver(source)
  await started.start()
  await started.shutdown()
  const points = pointsOf(consumed.cumulative[0], 'nettracer.bytes_tx')
  const common = { 'network.transport': 'udp', 'network.type': 'ipv4', 'nettracer.role': 'client' }
  expect(points.map(({ attributes }) => attributes)).toEqual([
    { ...common, 'server.port': 53 },
    {
      ...common,
      'server.port': 53,
      'server.address': '10.0.0.53',
      'network.peer.address': '10.0.0.53',
      'nettracer.peer.scope': 'private',
    },
  ])
})

test('own metrics tell of source, series and collections, the last one included', async () => {
  const { receiver: started, readings } = receiver(new ScriptedSource(traffic()))
  await started.start()
  await started.shutdown()
  expect(await readings()).toMatchObject({
    'nettracer.exporter.records{}': 12,
    'nettracer.exporter.ring.full{}': 3,
    'nettracer.exporter.ring.lost{}': 1,
    'nettracer.exporter.sockets{}': 5,
    'nettracer.exporter.unowned_sockets{}': 2,
    'nettracer.exporter.responses.lost{}': 5,
    'nettracer.exporter.undescribed_processes{}': 4,
    'nettracer.exporter.ends.missed{}': 6,
    'nettracer.exporter.programs.failed{}': 1,
    'nettracer.exporter.programs.missed{}': 2,
    'nettracer.exporter.netlink.namespaces{}': 7,
    'nettracer.exporter.netlink.namespaces_left_out{}': 8,
    'nettracer.exporter.netlink.overruns{}': 9,
    'nettracer.exporter.netlink.failures{}': 10,
    'nettracer.exporter.nat.namespaces{}': 13,
    'nettracer.exporter.nat.entries{}': 14,
    'nettracer.exporter.nat.missed{}': 16,
    'nettracer.exporter.nat.dumps{}': 17,
    'nettracer.exporter.nat.failures{}': 18,
    'nettracer.exporter.edges.untold{}': 23,
    'nettracer.exporter.series.active{}': 3,
    'nettracer.exporter.series.limit{}': 20_000,
    'nettracer.exporter.series.overflowed{}': 0,
    'nettracer.exporter.collections{nettracer.outcome=completed}': 1,
  })
})

test('its resources carry the version of the scope and the host', async () => {
  const { receiver: started, consumed } = receiver(new ScriptedSource(traffic()))
  await started.start()
  await started.shutdown()
  const hosts = consumed.cumulative[0]?.resourceMetrics.filter(
    ({ resource }) => resource.attributes['service.name'] === 'otel-nettracer',
  )
  expect(hosts?.map(({ scopeMetrics }) => scopeMetrics[0]?.scope)).toEqual([
    { name: 'otel-nettracer', version: '1.2.3' },
  ])
  expect(hosts?.[0]?.resource.attributes).toHaveProperty(['service.instance.id'])
})

test('a receiver is made without loading the addon', () => {
  const { settings } = recordedSettings('nettracer')
  expect(nettracerFactory.create(settings, nettracerConfig.parse({}), [])).toBeInstanceOf(
    NettracerReceiver,
  )
})

test('coverage compares from the first collection on: what was counted during the start says nothing', async () => {
  const procRoot = mkdtempSync(join(tmpdir(), 'nettracer-proc-'))
  onTestFinished(() => rmSync(procRoot, { recursive: true }))
  mkdirSync(join(procRoot, '1/ns'), { recursive: true })
  mkdirSync(join(procRoot, '1/net'))
  symlinkSync('net:[77]', join(procRoot, '1/ns/net'))
  const hostCounts = (opens: number) =>
    writeFileSync(
      join(procRoot, '1/net/snmp'),
      `Tcp: ActiveOpens PassiveOpens InSegs OutSegs RetransSegs\nTcp: ${opens} 0 0 0 0\n`,
    )
  const ours = (attempts: number, host: number) => (sink: Sink) => {
    sink.connection(increment({ flow: flow({ process: processKey(0), netns: 77 }), attempts }))
    hostCounts(host)
  }
  hostCounts(1_000)
  const source = new ScriptedSource(ours(500, 1_100), ours(30, 1_130), ours(40, 1_170))
  const { receiver: started, readings } = receiver(source, {}, ['cumulative'], procRoot)
  const opens = async () => (await readings())['nettracer.coverage{nettracer.counter=opens}']
  await started.start()
  await started.collect()
  expect(await opens()).toBeUndefined()
  await started.collect()
  expect(await opens()).toBe(1)
  await started.collect()
  expect(await opens()).toBe(1)
  await started.shutdown()
})

test.each([
  { enabled: true, sent: [5] },
  { enabled: false, sent: [] },
])('SYN cookies of the namespaces where somebody listens, if wanted: $enabled', async (given) => {
  const { root, add } = proc()
  const name = 'nettracer.listen.syn_cookies'
  const one = flow({ role: 'server', netns: 77, servicePort: 80, process: processKey(100) })
  const counts = (sent: number) => (sink: Sink) => {
    add('100', 77, sent, 0, 0)
    sink.listener(listener({ flow: one }))
  }
  const source = new ScriptedSource(counts(1_000), counts(1_005))
  const metrics = { [name]: { enabled: given.enabled } }
  const { receiver: started, consumed } = receiver(source, { metrics }, ['cumulative'], root)
  await started.start()
  await started.collect()
  await started.collect()
  expect(valuesOf(consumed.cumulative[1], name)).toEqual(given.sent)
  await started.shutdown()
})

test('a change that the source does not care about keeps it open, and series go on', async () => {
  const one = flow({ process: processKey(0) })
  const step: Step = (sink) => sink.connection(increment({ flow: one, bytesTx: 100 }))
  const source = new ScriptedSource(step, step, step)
  const { receiver: started, consumed } = receiver(source)
  await started.start()
  await started.collect()
  const later: Metrics[] = []
  const consumer = { consume: (metrics: Metrics) => void later.push(metrics) }
  const config = { ...hourly, collection_interval: 7_200_000, series_limit: 500 }
  await started.reconfigure(config, [{ temporality: 'cumulative', consumer }])
  await started.shutdown()
  expect(source.calls).toEqual(['start', 'collect', 'collect', 'collect', 'stop'])
  const bytes = (metrics: Metrics) => valuesOf(metrics, 'nettracer.bytes_tx')
  expect(consumed.cumulative.map(bytes)).toEqual([[100], [200]])
  expect(later.map(bytes)).toEqual([[300]])
})

test('another outlet alone changes nothing of what is counted', async () => {
  const one = flow({ process: processKey(0) })
  const step: Step = (sink) => sink.connection(increment({ flow: one, bytesTx: 100, srttUs: 5 }))
  const { receiver: started } = receiver(new ScriptedSource(step, step, step))
  await started.start()
  const later: Metrics[] = []
  const consumer = { consume: (metrics: Metrics) => void later.push(metrics) }
  await started.reconfigure(hourly, [{ temporality: 'cumulative', consumer }])
  await started.collect()
  await started.shutdown()
  const points = later.flatMap((metrics) => pointsOf(metrics, 'nettracer.bytes_tx'))
  expect(points.map(({ value }) => value)).toEqual([200, 300])
  expect(new Set(points.map(({ startTime }) => startTime.join())).size).toBe(1)
})

test('a change of what is read opens a source anew after a last collection, and what it counted stays', async () => {
  const sources = [new ScriptedSource(traffic()), new ScriptedSource(traffic())]
  let opened = 0
  const recorded = recordedSettings('nettracer')
  const consumed: Metrics[] = []
  const outlets = [
    {
      temporality: 'delta' as const,
      consumer: { consume: (metrics: Metrics) => void consumed.push(metrics) },
    },
  ]
  const started = new NettracerReceiver(
    recorded.settings,
    hourly,
    { metrics: outlets, logs: undefined },
    { createSource: () => sources[opened++] ?? new ScriptedSource() },
  )
  await started.start()
  await started.reconfigure({ ...hourly, response_time: false }, outlets)
  await started.shutdown()
  expect(sources.map(({ calls }) => calls)).toEqual([
    ['start', 'collect', 'stop'],
    ['start', 'collect', 'stop'],
  ])
  expect(consumed.map((metrics) => valuesOf(metrics, 'nettracer.bytes_tx'))).toEqual([[100], [100]])
  expect((await recorded.readings())['nettracer.exporter.records{}']).toBe(24)
})

test('a source that does not open leaves a receiver that takes the configuration before', async () => {
  const sources = [new ScriptedSource(), new ScriptedSource(), new ScriptedSource(traffic())]
  let opened = 0
  const { settings } = recordedSettings('nettracer')
  const consumed: Metrics[] = []
  const outlets = [
    {
      temporality: 'delta' as const,
      consumer: { consume: (metrics: Metrics) => void consumed.push(metrics) },
    },
  ]
  const started = new NettracerReceiver(
    settings,
    hourly,
    { metrics: outlets, logs: undefined },
    { createSource: () => sources[opened++] ?? new ScriptedSource() },
  )
  await started.start()
  const [, second] = sources
  if (second !== undefined) {
    second.start = async () => {
      throw new Error('refused')
    }
  }
  const other = { ...hourly, source: 'ebpf' as const }
  await expect(started.reconfigure(other, outlets)).rejects.toThrow('refused')
  await started.reconfigure(hourly, outlets)
  await started.shutdown()
  expect(consumed.map((metrics) => valuesOf(metrics, 'nettracer.bytes_tx'))).toEqual([[100]])
})

test('a receiver that was replaced leaves it to others to tell of themselves', async () => {
  const { receiver: first, settings, readings } = receiver(new ScriptedSource())
  await first.start()
  await first.shutdown()
  first.retire()
  const outlets = { metrics: [], logs: undefined }
  const parts = { createSource: () => new ScriptedSource() }
  const second = new NettracerReceiver(settings, { ...hourly, series_limit: 777 }, outlets, parts)
  await second.start()
  expect((await readings())['nettracer.exporter.series.limit{}']).toBe(777)
  await second.shutdown()
})

test('of all keys only those that say what is read open a source anew', () => {
  const { shape } = nettracerConfig
  // Whoever adds a key decides here, and in the receiver, whether the source must know of it.
  expect(Object.keys(shape).toSorted()).toEqual(
    [
      ...['source', 'transports', 'response_time'],
      ...['align_collections', 'collection_interval', 'profile', 'metrics', 'attributes'],
      ...['resource_attributes'],
      ...['series_limit', 'series_ranking', 'series_expiration', 'peers', 'close_records'],
      ...['identity', 'kubernetes', 'containers', 'exemplars'],
    ].toSorted(),
  )
})
