import { expect, test } from 'vitest'
import { formatIssue } from '../../../src/config/issue.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { metrics, optInAttributes } from '../../../src/generated/metrics.ts'
import { nettracerConfig, remarksOn } from '../../../src/receiver/nettracer/config.ts'
import { selectMetrics } from '../../../src/receiver/nettracer/metrics-config.ts'
import { registry } from '../../../src/service/registry.ts'
import { ConfigFiles } from '../../support/config-files.ts'

function faultsOf(config: unknown): string[] {
  const { error } = nettracerConfig.safeParse(config)
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
}

const ruled = (match: object, set: object) => ({ identity: { rules: [{ match, set }] } })

test('everything has a default', () => {
  expect(nettracerConfig.parse({})).toEqual({
    align_collections: true,
    attributes: {},
    close_records: {
      sampling: 'all',
      slow: { duration: 0, connect_duration: 1000, rtt: 500, retr_percentage: 5 },
      rate_limit: 1000,
      burst: 10_000,
    },
    collection_interval: 10_000,
    source: 'auto',
    transports: ['tcp', 'udp'],
    response_time: true,
    profile: 'nettracer',
    exemplars: { enabled: false },
    identity: { rules: [], kubernetes_labels: false, refresh: 300_000 },
    containers: { enabled: 'auto', endpoints: [], labels: [] },
    // test/receiver/nettracer/kubernetes.test.ts has it.
    kubernetes: expect.objectContaining({ enabled: 'auto', peers: true }),
    metrics: {},
    resource_attributes: { 'process.command_line': { enabled: false, redact: [] } },
    series_limit: 20_000,
    series_ranking: 'bytes',
    series_expiration: 300_000,
    peers: {
      public: 'aggregate',
      nat: { enabled: 'auto' },
      groups: {},
      services: [],
      range_files: [],
      dns: {
        enabled: true,
        reverse_lookups: {
          enabled: false,
          private_addresses: false,
          per_second: 5,
          timeout: 2000,
        },
      },
    },
  })
})

test.each([
  [{ source: 'netlink' }, /^source: must be auto, ebpf or inet_diag/],
  [{ transports: ['tcp', 'sctp'] }, /^transports\.1: must be tcp or udp/],
  [{ series_ranking: 'size' }, /^series_ranking: must be bytes, retransmissions or connections/],
  [{ peers: { groups: { a: ['10.0.0.0'] } } }, /^peers\.groups\.a\.0: not a range of addresses/],
  [{ peers: { groups: { 'a b': ['10.0.0.0/8'] } } }, /^peers\.groups\.a b: Invalid key/],
  [{ peers: { groups: { a: [] } } }, /^peers\.groups\.a: /],
  [{ transports: ['udp'] }, /^transports: must have tcp/],
  [{ identity: { refresh: '10ms' } }, /^identity\.refresh: must be 1s or more/],
  [ruled({}, {}), /^identity\.rules\.0\.match: must name something to match/],
  [
    ruled({ command_line: '(a+)\\1' }, {}),
    /^identity\.rules\.0\.match\.command_line: cannot be matched: \\1 is not known/,
  ],
  [
    ruled({ port: 80 }, { 'service.instance.id': 'x' }),
    /^identity\.rules\.0\.set\.service\.instance\.id: cannot be set: all processes/,
  ],
  [
    ruled({ port: 80 }, { 'process.pid': 1 }),
    /^identity\.rules\.0\.set\.process\.pid: cannot be set: it is read from the process/,
  ],
  [ruled({ port: 80 }, { 'Team Name': 'x' }), /^identity\.rules\.0\.set\.Team Name: /],
  [{ transports: [] }, /^transports: must have tcp/],
  [{ response_time: 1 }, /^response_time: /],
  [{ profile: 'otel' }, /^profile: must be nettracer, dynatrace or semconv/],
  [
    { metrics: { 'nettracer.rt': { enabled: true } } },
    /^metrics: Unrecognized key: "nettracer.rt"/,
  ],
  [
    { metrics: { 'nettracer.rtt': { attributes: ['error.type'] } } },
    /^metrics\.nettracer\.rtt\.attributes\.0: .*network\.peer\.address/,
  ],
  [{ peers: { public: ['10.0.0.0/33'] } }, /^peers\.public\.0: not a range of addresses/],
  [{ peers: { public: [] } }, /^peers\.public: /],
  [{ series_limit: 0 }, /^series_limit: /],
  [{ series_expiration: '0' }, /^series_expiration: must be longer/],
  [{ collection_interval: '10' }, /^collection_interval: not a duration/],
  [{ collection_interval: '1ms' }, /^collection_interval: must be 100ms or more/],
  [
    { resource_attributes: { 'process.command_line': { redact: ['('] } } },
    /^resource_attributes\.process\.command_line\.redact\.0: not a regular expression/,
  ],
  [
    { resource_attributes: { 'process.command_line': { redact: ['a*'] } } },
    /redact\.0: .*matches the empty text/,
  ],
  [{ interval: '10s' }, /Unrecognized key: "interval"/],
])('%j is refused with what is allowed', (config, message) => {
  const faults = faultsOf(config)
  expect(faults).toHaveLength(1)
  expect(faults[0]).toMatch(message)
})

const enabled = Object.values(metrics).filter((one) => one.enabled)

test('metrics are on as the catalogue says, with all attributes that are not opt-in', () => {
  expect(selectMetrics({}, 'nettracer')).toEqual(
    enabled.map(({ name, attributes }) => ({
      name,
      attributes: new Set(attributes.filter((one) => !optInAttributes.includes(one))),
    })),
  )
})

test('a metric that is off can be turned on, and an opt-in attribute named', () => {
  const { metrics: choices } = nettracerConfig.parse({
    metrics: {
      'nettracer.tcp.flags': { enabled: true },
      'nettracer.pkts_retr': { attributes: ['nettracer.retransmission.cause'] },
    },
  })
  const all = selectMetrics(choices, 'nettracer')
  const selected = new Map(all.map(({ name, attributes }) => [name, attributes]))
  expect(selected.get('nettracer.tcp.flags')).toContain('nettracer.tcp.flag')
  expect(selected.get('nettracer.pkts_retr')).toEqual(new Set(['nettracer.retransmission.cause']))
  expect(selected.size).toBe(enabled.length + 1)
})

test('an attribute can be turned on for all metrics, but those that name theirs', () => {
  const config = nettracerConfig.parse({
    attributes: {
      'server.as.number': { enabled: true },
      'nettracer.peer.scope': { enabled: false },
    },
    metrics: { 'nettracer.bytes_tx': { attributes: ['server.port'] } },
  })
  const all = selectMetrics(config.metrics, 'nettracer', config.attributes)
  const selected = new Map(all.map(({ name, attributes }) => [name, attributes]))
  expect(selected.get('nettracer.bytes_rx')).toContain('server.as.number')
  expect(selected.get('nettracer.bytes_rx')).not.toContain('nettracer.peer.scope')
  expect(selected.get('nettracer.bytes_tx')).toEqual(new Set(['server.port']))
  expect(selected.get('nettracer.listen.backlog')).not.toContain('server.as.number')
})

test('a metric can be turned off, and reported by fewer attributes', () => {
  const { metrics: choices } = nettracerConfig.parse({
    metrics: {
      'nettracer.rtt': { enabled: false },
      'nettracer.bytes_tx': { attributes: ['server.port'] },
    },
  })
  const all = selectMetrics(choices, 'nettracer')
  const selected = new Map(all.map(({ name, attributes }) => [name, attributes]))
  expect(selected.has('nettracer.rtt')).toBe(false)
  expect(selected.get('nettracer.bytes_tx')).toEqual(new Set(['server.port']))
  expect(selected.size).toBe(enabled.length - 1)
})

test('a profile has its own names, and only the metrics that it knows', () => {
  const namesIn = (profile: 'nettracer' | 'dynatrace' | 'semconv') =>
    selectMetrics({}, profile).map(({ name, naming }) => naming?.name ?? name)
  expect(namesIn('nettracer')).toEqual(enabled.map(({ name }) => name))
  expect(namesIn('semconv')).toHaveLength(enabled.length)
  expect(namesIn('dynatrace')).toHaveLength(10)
  expect(namesIn('dynatrace').every((name) => name.startsWith('builtin:tech.nettracer.'))).toBe(
    true,
  )
})

test('a metric that is asked for and that the profile does not have is remarked', () => {
  const config = {
    profile: 'dynatrace',
    metrics: { 'nettracer.rejects': { enabled: true }, 'nettracer.rtt': { enabled: true } },
  }
  expect(remarksOn(nettracerConfig.parse(config))).toEqual([
    'metrics: nettracer.rejects is on, but the profile dynatrace does not have it',
  ])
})

test.each([{}, { transports: ['tcp'], response_time: false }])('%j is not remarked', (config) => {
  expect(remarksOn(nettracerConfig.parse(config))).toEqual([])
})

test.each([
  {
    signal: 'metrics',
    idle: ['close_records: { sampling: errors }'],
    warnings: [
      'c.yaml:3:5: receivers.nettracer.close_records: does nothing: no logs pipeline names this receiver',
    ],
  },
  {
    signal: 'logs',
    idle: ['series_limit: 100', 'metrics: { nettracer.rtt: { enabled: false } }'],
    warnings: [
      'c.yaml:3:5: receivers.nettracer.series_limit: does nothing: no metrics pipeline names this receiver',
      'c.yaml:4:5: receivers.nettracer.metrics: does nothing: no metrics pipeline names this receiver',
    ],
  },
])('what only another signal than $signal has a use for is a warning', (given) => {
  const { signal, idle, warnings } = given
  const warned = (pipelines: readonly string[]) => {
    using files = new ConfigFiles()
    const lines = [
      'receivers:',
      '  nettracer:',
      ...idle.map((line) => `    ${line}`),
      'exporters: { debug: {} }',
      'service:',
      '  pipelines:',
      ...pipelines.map((name) => `    ${name}: { receivers: [nettracer], exporters: [debug] }`),
    ]
    const file = files.write('c.yaml', `${lines.join('\n')}\n`)
    const loaded = loadConfig([file], registry, {})
    return loaded.warnings.map((one) => files.relative(formatIssue(one)))
  }
  expect(warned([signal])).toEqual(warnings)
  expect(warned(['metrics', 'logs'])).toEqual([])
})
