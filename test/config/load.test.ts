import { expect, test } from 'vitest'
import type { Catalogue } from '../../src/config/components.ts'
import { ConfigError, formatIssue } from '../../src/config/issue.ts'
import { loadConfig } from '../../src/config/load.ts'
import { toPlain } from '../../src/config/located.ts'
import { ConfigFiles } from '../support/config-files.ts'
import { testCatalogue, withoutLogs } from '../support/test-components.ts'

const good = `receivers:
  nettracer:
exporters:
  otlp:
    endpoint: a:1
service:
  pipelines:
    metrics:
      receivers: [nettracer]
      exporters: [otlp]
`

/** The lines of the error that a file `c.yaml` gives. */
function errorsOf(
  text: string | Uint8Array,
  env = {},
  catalogue: Catalogue = testCatalogue(),
): string[] {
  using files = new ConfigFiles()
  const path = files.write('c.yaml', text)
  try {
    loadConfig([path], catalogue, env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return files.relative(error.message).split('\n')
  }
  return []
}

test('a good configuration is read with its defaults', () => {
  using files = new ConfigFiles()
  const config = loadConfig([files.write('c.yaml', good)], testCatalogue(), {})
  expect(config.receivers.get('nettracer')?.config).toEqual({
    collection_interval: 10_000,
    source: 'auto',
    series_limit: 20_000,
  })
  expect(config.service.telemetry).toMatchObject({
    logs: { level: 'info', encoding: 'console', output_paths: ['stderr'] },
    metrics: { level: 'normal' },
  })
  expect(config.warnings).toEqual([])
})

test.each([
  {
    name: 'an unknown key with a near one',
    change: ['endpoint: a:1', 'endpoint: a:1\n    ratoi: 1'],
    line: 'c.yaml:6:5: exporters.otlp.ratoi: unknown key, did you mean "ratio"? allowed: endpoint, headers, keep_in, password, ratio, tags, temporality, tls',
  },
  {
    name: 'an unknown key with none near',
    change: ['  nettracer:\n', '  nettracer:\n    quite_other: 1\n'],
    line: 'c.yaml:3:5: receivers.nettracer.quite_other: unknown key; allowed: collection_interval, series_limit, source',
  },
  {
    name: 'an unknown key deep inside',
    change: ['endpoint: a:1', 'endpoint: a:1\n    tls: { insecur: true }'],
    line: 'c.yaml:6:12: exporters.otlp.tls.insecur: unknown key, did you mean "insecure"? allowed: ca_file, insecure',
  },
  {
    name: 'an unknown key at the top',
    change: ['receivers:\n', 'connectors: {}\nreceivers:\n'],
    line: 'c.yaml:1:1: connectors: unknown key; allowed: exporters, extensions, processors, receivers, service',
  },
  {
    name: 'a key that is not supported',
    change: ['endpoint: a:1', 'endpoint: a:1\n    auth: { authenticator: x }'],
    line: 'c.yaml:6:11: exporters.otlp.auth: not supported here: use headers',
  },
  {
    name: 'a number for a string',
    change: ['endpoint: a:1', 'endpoint: 4317'],
    line: 'c.yaml:5:15: exporters.otlp.endpoint: must be a string, not the number 4317',
  },
  {
    name: 'a string for a number',
    change: ['endpoint: a:1', 'endpoint: a:1\n    ratio: much'],
    line: 'c.yaml:6:12: exporters.otlp.ratio: must be a number, not "much"',
  },
  {
    name: 'a fraction for a whole number',
    change: ['  nettracer:\n', '  nettracer: { series_limit: 100.5 }\n'],
    line: 'c.yaml:2:30: receivers.nettracer.series_limit: must be a whole number, not the number 100.5',
  },
  {
    name: 'a number below its limit',
    change: ['  nettracer:\n', '  nettracer: { series_limit: 5 }\n'],
    line: 'c.yaml:2:30: receivers.nettracer.series_limit: must be at least 100',
  },
  {
    name: 'a number above its limit',
    change: ['endpoint: a:1', 'endpoint: a:1\n    ratio: 2'],
    line: 'c.yaml:6:12: exporters.otlp.ratio: must be at most 1',
  },
  {
    name: 'a string for a map',
    change: ['endpoint: a:1', 'endpoint: a:1\n    tls: yes'],
    line: 'c.yaml:6:10: exporters.otlp.tls: must be a map, not "yes"',
  },
  {
    name: 'a scalar for a component',
    change: ['  nettracer:\n', '  nettracer: 5\n'],
    line: 'c.yaml:2:14: receivers.nettracer: must be a map, not the number 5',
  },
  {
    name: 'a wrong item of a list',
    change: ['endpoint: a:1', 'endpoint: a:1\n    tags: [a, 2]'],
    line: 'c.yaml:6:15: exporters.otlp.tags[1]: must be a string, not the number 2',
  },
  {
    name: 'a value of neither form of a union',
    change: ['endpoint: a:1', 'endpoint: a:1\n    headers: 5'],
    line: 'c.yaml:6:14: exporters.otlp.headers: must be a map or a list, not the number 5',
  },
  {
    name: 'a fault inside one form of a union',
    change: ['endpoint: a:1', 'endpoint: a:1\n    headers: [{ name: a, value: b, valeu: c }]'],
    line: 'c.yaml:6:36: exporters.otlp.headers[0].valeu: unknown key, did you mean "value"? allowed: name, value',
  },
  {
    name: 'a key of a map that may not be',
    change: ['endpoint: a:1', 'endpoint: a:1\n    headers: { X_Y: b }'],
    line: 'c.yaml:6:16: exporters.otlp.headers.X_Y: not a header name',
  },
  {
    name: 'a required key that is missing',
    change: ['    endpoint: a:1', '    ratio: 1'],
    line: 'c.yaml:5:5: exporters.otlp.endpoint: required: a string',
  },
  {
    name: 'a required key without a value',
    change: ['endpoint: a:1', 'endpoint:'],
    line: 'c.yaml:5:14: exporters.otlp.endpoint: required: a string',
  },
  {
    name: 'a word that is not one of those allowed',
    change: ['  nettracer:\n', '  nettracer: { source: epbf }\n'],
    line: 'c.yaml:2:24: receivers.nettracer.source: must be one of "auto", "ebpf", not "epbf", did you mean "ebpf"?',
  },
  {
    name: 'a bad duration',
    change: ['  nettracer:\n', '  nettracer: { collection_interval: 10 s }\n'],
    line: 'c.yaml:2:37: receivers.nettracer.collection_interval: not a duration: write a number and a unit (ns, us, ms, s, m, h), for example 10s or 1m30s',
  },
  {
    name: 'a duration without a unit',
    change: ['  nettracer:\n', '  nettracer: { collection_interval: 10 }\n'],
    line: 'c.yaml:2:37: receivers.nettracer.collection_interval: not a duration: write a number and a unit (ns, us, ms, s, m, h), for example 10s or 1m30s',
  },
  {
    name: 'an unknown type of component',
    change: ['exporters:\n', 'exporters:\n  otpl: {}\n'],
    line: 'c.yaml:4:3: exporters.otpl: unknown type of exporter "otpl", did you mean "otlp"? known: otlp, otlp_grpc',
  },
  {
    name: 'an extension',
    change: ['receivers:\n', 'extensions: { health_check: }\nreceivers:\n'],
    line: 'c.yaml:1:15: extensions.health_check: unknown type of extension "health_check", known: idle, keeper',
  },
  {
    name: 'an extension that is named and not defined',
    change: ['service:\n', 'service:\n  extensions: [kepeer]\n'],
    line: 'c.yaml:7:16: service.extensions[0]: no extension "kepeer" under extensions, none is defined',
  },
  {
    name: 'an extension that is named twice',
    change: ['service:\n', 'extensions: { keeper: }\nservice:\n  extensions: [keeper, keeper]\n'],
    line: 'c.yaml:8:24: service.extensions[1]: "keeper" is named twice',
  },
  {
    name: 'an unknown key of an extension',
    change: ['service:\n', 'extensions: { keeper: { plaec: a } }\nservice:\n'],
    line: 'c.yaml:6:25: extensions.keeper.plaec: unknown key, did you mean "place"? allowed: place',
  },
  {
    name: 'a component that names an extension which is not defined',
    change: ['endpoint: a:1', 'endpoint: a:1\n    keep_in: keeper'],
    line: 'c.yaml:6:14: exporters.otlp.keep_in: no extension "keeper" under extensions, none is defined',
  },
  {
    name: 'a component that names an extension which is not in use',
    change: [
      'exporters:\n',
      'extensions: { keeper: }\nexporters:\n  otlp/2: { endpoint: a, keep_in: keeper }\n',
    ],
    line: 'c.yaml:5:35: exporters.otlp/2.keep_in: "keeper" is not in use: service.extensions must name it too',
  },
  {
    name: 'a component that names an extension which does not offer what it wants',
    change: [
      'service:\n',
      '    keep_in: idle\nextensions: { idle: }\nservice:\n  extensions: [idle]\n',
    ],
    line: 'c.yaml:6:14: exporters.otlp.keep_in: "idle" is an extension without storage',
  },
  {
    name: 'a component with an empty name',
    change: ['exporters:\n', 'exporters:\n  otlp/: { endpoint: a }\n'],
    line: 'c.yaml:4:3: exporters.otlp/: must be named type or type/name',
  },
  {
    name: 'a section that is no map',
    change: ['receivers:\n', 'processors: [batch]\nreceivers:\n'],
    line: 'c.yaml:1:13: processors: must be a map, not a list',
  },
  {
    name: 'a pipeline that names what is not defined',
    change: ['exporters: [otlp]', 'exporters: [otlp, oltp]'],
    line: 'c.yaml:10:25: service.pipelines.metrics.exporters[1]: no exporter "oltp" under exporters, did you mean "otlp"? defined: otlp',
  },
  {
    name: 'a pipeline that names a component of another kind',
    change: ['exporters: [otlp]', 'exporters: [otlp]\n      processors: [otlp]'],
    line: 'c.yaml:11:20: service.pipelines.metrics.processors[0]: "otlp" is an exporter, not a processor',
  },
  {
    name: 'a pipeline that names a component twice',
    change: ['exporters: [otlp]', 'exporters: [otlp, otlp]'],
    line: 'c.yaml:10:25: service.pipelines.metrics.exporters[1]: "otlp" is named twice',
  },
  {
    name: 'a pipeline without exporters',
    change: ['      exporters: [otlp]\n', '      exporters: []\n'],
    line: 'c.yaml:10:18: service.pipelines.metrics.exporters: must have at least 1 item',
  },
  {
    name: 'a pipeline of traces',
    change: ['    metrics:\n', '    traces:\n'],
    line: 'c.yaml:8:5: service.pipelines.traces: traces are not supported in this version, pipelines are named metrics, logs, metrics/name or logs/name',
  },
  {
    name: 'a pipeline of an unknown signal',
    change: ['    metrics:\n', '    metric:\n'],
    line: 'c.yaml:8:5: service.pipelines.metric: unknown signal "metric", pipelines are named metrics, logs, metrics/name or logs/name',
  },
  {
    name: 'an extension in use that is not defined',
    change: ['service:\n', 'service:\n  extensions: [zpages]\n'],
    line: 'c.yaml:7:16: service.extensions[0]: no extension "zpages" under extensions, none is defined',
  },
  {
    name: 'a duplicate key',
    change: ['endpoint: a:1', 'endpoint: a:1\n    endpoint: b:1'],
    line: 'c.yaml:6:5: exporters.otlp.endpoint: duplicate key, first given at line 5, column 5',
  },
  {
    name: 'a variable that is not set',
    change: ['a:1', '${env:NOWHERE}'],
    line: 'c.yaml:5:15: exporters.otlp.endpoint: environment variable NOWHERE is not set: set it, or write ${env:NOWHERE:-DEFAULT}',
  },
  {
    name: 'a name that no variable has',
    change: ['a:1', '${env:a b}'],
    line: 'c.yaml:5:15: exporters.otlp.endpoint: "a b" is not the name of a variable: it has letters, digits and _, and does not begin with a digit',
  },
  {
    name: 'an unknown substitution',
    change: ['a:1', '${vault:x}'],
    line: 'c.yaml:5:15: exporters.otlp.endpoint: unknown substitution ${vault:...}, known are ${env:VAR}, ${env:VAR:-default}, ${VAR} and ${file:PATH}',
  },
  {
    name: 'a substitution that does not end',
    change: ['a:1', '${env:A'],
    line: 'c.yaml:5:15: exporters.otlp.endpoint: a ${ is not closed by }; write $$ for a dollar sign',
  },
  {
    name: 'a file that is not there',
    change: ['a:1', '${file:/no/such/file}'],
    line: 'c.yaml:5:15: exporters.otlp.endpoint: file "/no/such/file" cannot be read: no such file or directory',
  },
  {
    name: 'an alias without an anchor',
    change: ['a:1', '*a'],
    line: 'c.yaml:5:15: exporters.otlp.endpoint: alias *a has no anchor &a before it',
  },
  {
    name: 'a substitution in a flow map',
    change: ['    endpoint: a:1', '    tls: { ca_file: ${env:A} }'],
    line: 'c.yaml:5:22: (top level): not YAML: Unexpected flow-map-start at node end; inside { } and [ ] write "${...}" in quotes',
  },
  {
    name: 'a custom tag',
    change: ['a:1', '!vault a'],
    line: 'c.yaml:5:15: (top level): not YAML: Unresolved tag: !vault',
  },
  {
    name: 'a key that is no string',
    change: ['receivers:\n', '[a]: 1\nreceivers:\n'],
    line: 'c.yaml:1:1: (top level): a key must be a non-empty string',
  },
])('$name is an error with its place', ({ change: [from = '', to = ''], line }) => {
  expect(errorsOf(good.replace(from, to))).toEqual([line])
})

test.each([
  {
    name: 'tabs',
    text: '\ta: 1',
    line: 'c.yaml:1:1: (top level): not YAML: Tabs are not allowed as indentation',
  },
  {
    name: 'several documents',
    text: 'a: 1\n---\nb: 1\n',
    line: 'c.yaml:2:1: (top level): not YAML: Source contains multiple documents; please use YAML.parseAllDocuments()',
  },
  {
    name: 'a list',
    text: '- a',
    line: 'c.yaml:1:1: (top level): must be a map of receivers, exporters, service, not a list',
  },
  {
    name: 'bytes that are no text',
    text: new Uint8Array([0xff, 0xfe]),
    line: 'c.yaml:1:1: (top level): file is not UTF-8 text',
  },
  {
    name: 'too many bytes',
    text: '#'.repeat(1024 * 1024 + 1),
    line: 'c.yaml:1:1: (top level): file is larger than 1048576 bytes',
  },
  { name: 'an empty file', text: '', line: 'c.yaml:1:1: service.pipelines: required: a map' },
])('a file of $name is an error with its place', ({ text, line }) => {
  expect(errorsOf(text)).toEqual([line])
})

test('a file that is not there is an error of its own code', () => {
  expect(() => loadConfig(['/no/such.yaml'], testCatalogue(), {})).toThrow(
    expect.objectContaining({
      code: 'NETTRACER_ERR_CONFIG_UNREADABLE',
      message: '/no/such.yaml:1:1: (top level): file cannot be read: no such file or directory',
    }),
  )
})

test('all errors come at once, in the order of the files and lines', () => {
  using files = new ConfigFiles()
  const first = files.write(
    'a.yaml',
    'exporters:\n  otlp:\n    endpoint: ${env:NOWHERE}\n    x: 1\nfoo: 1\n',
  )
  const second = files.write(
    'b.yaml',
    'receivers:\n  netracer:\nservice:\n  pipelines:\n    traces:\n',
  )
  let lines: string[] = []
  try {
    loadConfig([first, second], testCatalogue(), {})
  } catch (error) {
    lines = files.relative(String(error instanceof Error && error.message)).split('\n')
  }
  expect(lines.map((line) => line.replace(/^(\S+ \S+).*/, '$1'))).toEqual([
    'a.yaml:3:15: exporters.otlp.endpoint:',
    'a.yaml:4:5: exporters.otlp.x:',
    'a.yaml:5:1: foo:',
    'b.yaml:2:3: receivers.netracer:',
    'b.yaml:5:5: service.pipelines.traces:',
    'b.yaml:5:12: service.pipelines.traces:',
  ])
})

test('a component in no pipeline is a warning with its place', () => {
  using files = new ConfigFiles()
  const path = files.write(
    'c.yaml',
    good.replace('exporters:\n', 'exporters:\n  otlp/2: { endpoint: b }\n'),
  )
  const { warnings, exporters } = loadConfig([path], testCatalogue(), {})
  expect(warnings.map((one) => files.relative(formatIssue(one)))).toEqual([
    'c.yaml:4:3: exporters.otlp/2: defined, but no pipeline names this exporter',
  ])
  expect(exporters.get('otlp/2')).toBeDefined()
})

test('an alias of a type is that type', () => {
  using files = new ConfigFiles()
  const text = good.replace('  otlp:', '  otlp_grpc/x:').replace('[otlp]', '[otlp_grpc/x]')
  const { exporters } = loadConfig([files.write('c.yaml', text)], testCatalogue(), {})
  expect(exporters.get('otlp_grpc/x')?.factory.type).toBe('otlp')
})

test('what a substitution brings in is not shown in an error', () => {
  const text = good.replace('endpoint: a:1', 'endpoint: a:1\n    ratio: ${env:SECRET}')
  expect(errorsOf(text, { SECRET: 'hunter2' })).toEqual([
    'c.yaml:6:12: exporters.otlp.ratio: must be a number, not a string',
  ])
})

test('errors of a hostile file stay on their lines', () => {
  const [line] = errorsOf(good.replace('  otlp:', '  "otlp\\n\\u202e\\u001b[31m": 1\n  otlp:'))
  expect(line).toBe(
    'c.yaml:4:3: exporters."otlp\\n\\u{202e}\\u001b[31m": must be named type or type/name',
  )
})

test.each([
  {
    name: 'maps are merged and the later wins',
    files: [
      'exporters: { otlp: { endpoint: a, ratio: 0.1 } }',
      'exporters: { otlp: { ratio: 0.2 } }',
    ],
    merged: { exporters: { otlp: { endpoint: 'a', ratio: 0.2 } } },
  },
  { name: 'lists are replaced', files: ['a: [1, 2]', 'a: [3]'], merged: { a: [3] } },
  { name: 'a scalar replaces a map', files: ['a: { b: 1 }', 'a: 2'], merged: { a: 2 } },
  { name: 'a map replaces a scalar', files: ['a: 2', 'a: { b: 1 }'], merged: { a: { b: 1 } } },
  { name: 'nothing replaces a map', files: ['a: { b: 1 }', 'a:'], merged: { a: undefined } },
  { name: 'an empty file changes nothing', files: ['a: 1', '# empty'], merged: { a: 1 } },
  {
    name: 'three files go in order',
    files: ['a: 1', 'a: 2\nb: 2', 'b: 3'],
    merged: { a: 2, b: 3 },
  },
])('merging: $name', async ({ files: texts, merged }) => {
  const { readSource } = await import('../../src/config/sources.ts')
  const { mergeMaps } = await import('../../src/config/merge.ts')
  const { Issues } = await import('../../src/config/issue.ts')
  const issues = new Issues()
  const maps = texts
    .map((text) => readSource(`yaml:${text}`, {}, issues))
    .filter((map) => map !== undefined)
  expect(toPlain(maps.reduce(mergeMaps))).toEqual(merged)
  expect(issues.errors).toEqual([])
})

test('values keep the file they came from', () => {
  using files = new ConfigFiles()
  const first = files.write('a.yaml', good)
  const second = files.write('b.yaml', 'exporters:\n  otlp:\n    ratio: 7\n')
  expect(() => loadConfig([first, second], testCatalogue(), {})).toThrow(
    `${second}:3:12: exporters.otlp.ratio: must be at most 1`,
  )
})

test('a variable that a later file puts out of use need not be set', () => {
  using files = new ConfigFiles()
  const first = files.write('a.yaml', good.replace('a:1', '${env:NOWHERE}'))
  const second = files.write('b.yaml', 'exporters: { otlp: { endpoint: b } }')
  const { exporters } = loadConfig([first, second], testCatalogue(), {})
  expect(exporters.get('otlp')?.config).toMatchObject({ endpoint: 'b' })
})

test('configuration comes from a variable and from the command line too', () => {
  using files = new ConfigFiles()
  const sources = [
    `file:${files.write('a.yaml', good)}`,
    'env:MORE',
    'yaml:exporters::otlp::tls::insecure: true',
  ]
  const env = { MORE: 'exporters: { otlp: { ratio: 0.25 } }' }
  const { exporters } = loadConfig(sources, testCatalogue(), env)
  expect(exporters.get('otlp')?.config).toMatchObject({
    endpoint: 'a:1',
    ratio: 0.25,
    tls: { insecure: true },
  })
})

test('a component that takes no logs is refused in a logs pipeline, at its place', () => {
  const text = good
    .replace('    metrics:\n', '    logs/all:\n')
    .replace('receivers:\n  nettracer:\n', 'receivers:\n  nettracer:\nprocessors:\n  batch:\n')
    .replace('      exporters: [otlp]', '      processors: [batch]\n      exporters: [otlp]')
  expect(errorsOf(text)).toEqual([])
  const lines = [
    'c.yaml:11:19: service.pipelines.logs/all.receivers[0]: "nettracer" gives no logs, only metrics',
    'c.yaml:12:20: service.pipelines.logs/all.processors[0]: "batch" takes no logs, only metrics',
    'c.yaml:13:19: service.pipelines.logs/all.exporters[0]: "otlp" takes no logs, only metrics',
  ]
  expect(errorsOf(text, {}, withoutLogs(testCatalogue()))).toEqual(lines)
})
