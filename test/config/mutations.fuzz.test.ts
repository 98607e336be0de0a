import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { ConfigError, formatIssue } from '../../src/config/issue.ts'
import { type LoadedConfig, loadConfig } from '../../src/config/load.ts'
import { printConfig } from '../../src/config/print.ts'
import { registry } from '../../src/service/registry.ts'
import { Service } from '../../src/service/service.ts'

/** In every place that may hold a secret, and nowhere else. */
const secret = 's3cr3t-8417'

type Tree = null | boolean | number | string | readonly Tree[] | { readonly [key: string]: Tree }

const good = {
  receivers: {
    nettracer: {
      collection_interval: '5s',
      source: 'auto',
      transports: ['tcp', 'udp'],
      metrics: { 'nettracer.rtt': { enabled: false, attributes: ['server.port'] } },
      peers: { public: ['203.0.113.0/24'] },
      close_records: { sampling: 'errors' },
    },
  },
  processors: { batch: { timeout: '1s', send_batch_size: 100, send_batch_max_size: 1000 } },
  exporters: {
    otlp: {
      endpoint: 'https://collector.example:4317',
      headers: { authorization: `Bearer ${secret}` },
      tls: { ca_file: '/etc/ca.pem', key_pem: secret, cert_pem: secret },
      sending_queue: { queue_size: 10, sizer: 'requests' },
      retry_on_failure: { initial_interval: '1s', max_interval: '10s' },
    },
    prometheus: {
      endpoint: '127.0.0.1:9464',
      const_labels: { cluster: 'a' },
      resource_to_telemetry_conversion: { enabled: true },
    },
    debug: { verbosity: 'detailed' },
    file: { path: '/tmp/never-opened.json', rotation: { max_megabytes: 10 } },
    console: {},
  },
  service: {
    pipelines: {
      metrics: {
        receivers: ['nettracer'],
        processors: ['batch'],
        exporters: ['otlp', 'prometheus', 'debug', 'file', 'console'],
      },
      logs: { receivers: ['nettracer'], exporters: ['otlp', 'debug'] },
    },
    telemetry: { logs: { level: 'warn' }, metrics: { level: 'none' } },
  },
} satisfies Tree

type Path = readonly (string | number)[]

/** The way to each value of a tree, its own first. */
function pathsOf(tree: Tree, above: Path = []): Path[] {
  if (typeof tree !== 'object' || tree === null) return [above]
  const inner = Object.entries(tree).flatMap(([key, value]) =>
    pathsOf(value, [...above, Array.isArray(tree) ? Number(key) : key]),
  )
  return [above, ...inner]
}

/** The tree with another value in one place; `undefined` takes it out. */
function changed(tree: Tree, [step, ...rest]: Path, change: (old: Tree) => Tree | undefined): Tree {
  if (step === undefined || typeof tree !== 'object' || tree === null) return change(tree) ?? null
  const isLast = rest.length === 0
  if (Array.isArray(tree)) {
    return tree.flatMap((value: Tree, at) => {
      if (at !== step) return [value]
      const put = isLast ? change(value) : changed(value, rest, change)
      return put === undefined ? [] : [put]
    })
  }
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) => {
      if (key !== step) return [[key, value]]
      const put = isLast ? change(value) : changed(value, rest, change)
      return put === undefined ? [] : [[key, put]]
    }),
  )
}

function isMap(tree: Tree): tree is { readonly [key: string]: Tree } {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree)
}

const paths = pathsOf(good).filter((path) => path.length > 0)

/** Whether nothing secret stands at or under a path. */
function isOpen(path: Path): boolean {
  const value = path.reduce((tree: unknown, step) => Object(tree)[step], good)
  return !JSON.stringify(value).includes(secret)
}

/** Keys and words that occur somewhere in the grammar, so that mutations meet real checks. */
const words = [
  ...new Set(paths.flat().map(String)),
  'enabled',
  'endpoint',
  'tls',
  'storage',
  'name/x',
]

const value: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom<Tree>(
    null,
    true,
    '',
    -1,
    0,
    1e300,
    '10s',
    '-5s',
    '1GiB',
    '${env:GONE}',
    '${env:SECRET}',
    '$',
    '${',
    `https://user:${secret}@host:1`,
    '__proto__',
    [],
    {},
  ),
  fc.constantFrom(...words),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.jsonValue({ maxDepth: 2 }).map((json) => json as Tree),
)

type Mutation = (tree: Tree) => Tree

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.constantFrom(...paths), value).map(
    ([path, put]): Mutation =>
      (tree) =>
        changed(tree, path, () => put),
  ),
  fc.constantFrom(...paths).map(
    (path): Mutation =>
      (tree) =>
        changed(tree, path, () => undefined),
  ),
  fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...words), value).map(
    ([path, key, put]): Mutation =>
      (tree) =>
        changed(tree, path, (old) => (isMap(old) ? { ...old, [key]: put } : [old, put])),
  ),
  // A secret that is written where none belongs cannot be known for one.
  fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...paths.filter(isOpen))).map(
    ([to, from]): Mutation =>
      (tree) => {
        let taken: Tree = null
        changed(tree, from, (old) => (taken = old))
        return changed(tree, to, () => taken)
      },
  ),
)

const env = { SECRET: secret }

/** Lines that a user would see, and the configuration if it loads. */
function outcomeOf(text: string): { readonly config?: LoadedConfig; readonly lines: string[] } {
  try {
    const config = loadConfig([`yaml:${text}`], registry, env)
    return { config, lines: config.warnings.map(formatIssue) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { lines: error.message.split('\n') }
  }
}

/** What must not be told of a configuration that is printed. Not each time, for it takes some milliseconds. */
function printed(text: string, config: LoadedConfig, isSampled: boolean): string {
  // What a variable holds is shown where no secret belongs: the configuration printed is the one that runs.
  return isSampled && !text.includes('{env:SECRET}') ? printConfig(config) : ''
}

test('the configuration that is mutated here loads', () => {
  expect(outcomeOf(stringify(good)).config).toBeDefined()
})

test('10,000 mutated configurations load and can be built, or fail with places; no secret is told', () => {
  let loaded = 0
  const run = fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
    const text = stringify(mutations.reduce((tree: Tree, mutate) => mutate(tree), good))
    const { config, lines } = outcomeOf(text)
    expect(lines.filter((line) => !/^inline:[1-9]\d*:[1-9]\d*: .+: .+$/.test(line))).toEqual([])
    expect(lines.join('\n')).not.toContain(secret)
    if (config === undefined) return lines.length > 0
    loaded += 1
    // Not each time, for it takes milliseconds. Throws where a configuration that was found right cannot be used.
    if (loaded % 5 > 0) return true
    const service = new Service(config, { env: {}, writeLog: () => undefined })
    return (
      service.logger !== undefined && !printed(text, config, loaded % 10 === 0).includes(secret)
    )
  })
  fc.assert(run, { numRuns: 10_000 })
  // Were none or all good, the mutations would try nothing.
  expect(loaded).toBeGreaterThan(200)
  expect(loaded).toBeLessThan(9000)
}, 900_000)
