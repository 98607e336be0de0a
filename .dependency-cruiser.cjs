// The "may import" table of docs/architecture.md. Run by tools/check-boundaries.ts, which also
// refuses a run that saw no modules.

/** What each folder under src/ may import besides itself and Node. `types` may be imported as types only. */
const folders = {
  shared: {},
  generated: {},
  terminal: { may: ['shared'] },
  model: { may: ['shared'] },
  connection: { may: ['shared', 'generated'] },
  telemetry: { may: ['generated', 'model', 'shared'] },
  source: { may: ['connection', 'generated', 'shared'], types: ['telemetry'] },
  identity: { may: ['connection', 'shared'], types: ['telemetry'] },
  series: { may: ['connection', 'generated', 'shared', 'model'] },
  config: { may: ['shared'], types: ['model', 'telemetry'] },
  receiver: {
    may: [
      'source',
      'connection',
      'identity',
      'series',
      'config',
      'model',
      'telemetry',
      'shared',
      'generated',
    ],
  },
  processor: { may: ['config', 'model', 'telemetry', 'shared', 'generated'] },
  exporter: { may: ['config', 'model', 'telemetry', 'terminal', 'shared', 'generated'] },
  extension: { may: ['config', 'model', 'telemetry', 'shared', 'generated'] },
  top: { may: ['source', 'connection', 'identity', 'terminal', 'shared'] },
  cli: { may: ['service', 'top', 'config', 'shared'] },
}

function folderRules() {
  return Object.entries(folders).flatMap(([folder, { may = [], types = [] }]) => {
    const allowed = [folder, ...may, ...types].join('|')
    const rules = [
      {
        name: `${folder}-imports`,
        comment: `src/${folder} may import ${[...may, ...types].join(', ') || 'nothing'}: see docs/architecture.md.`,
        severity: 'error',
        from: { path: `^src/${folder}/` },
        to: { path: '^src/', pathNot: `^src/(${allowed})/` },
      },
    ]
    if (types.length > 0) {
      rules.push({
        name: `${folder}-imports-types-only`,
        comment: `src/${folder} may know the types of ${types.join(', ')}, not run their code.`,
        severity: 'error',
        from: { path: `^src/${folder}/` },
        to: { path: `^src/(${types.join('|')})/`, dependencyTypesNot: ['type-only'] },
      })
    }
    return rules
  })
}

/** Packages with a room of their own. */
function packageRules() {
  const componentConfig = '^src/(receiver|processor|exporter|extension)/.*config\\.ts$'
  const rooms = [
    {
      name: 'yaml',
      rooms: ['^src/config/'],
      why: 'one place knows how a configuration is written',
    },
    {
      name: 'zod',
      rooms: ['^src/config/', componentConfig],
      why: 'a schema is the grammar of a component and belongs to its config.ts',
    },
    {
      name: '@grpc/grpc-js',
      rooms: ['^src/exporter/', '^src/receiver/otlp/', '^src/identity/container/'],
      why: 'only exporters meet the wire, and container runtimes speak it on their sockets',
    },
    {
      name: '@platformatic/kafka',
      rooms: ['^src/exporter/kafka/'],
      why: 'one exporter writes to brokers',
    },
    {
      name: 'mmdb-lib',
      rooms: ['^src/identity/peer'],
      why: 'one place knows the format of databases of addresses',
    },
    {
      name: '@opentelemetry/sdk-metrics',
      rooms: ['^src/(model|series|receiver|processor|exporter|extension|telemetry|service)/'],
      why: 'below the receiver there are connections, not metrics',
    },
    {
      name: '@opentelemetry/otlp-transformer',
      rooms: ['^$'],
      why: 'tests compare our own encoder with it, and nothing that runs needs it',
    },
  ]
  return rooms.map((room) => ({
    name: `room-of-${room.name.replace(/[^a-z]+/g, '-').replace(/^-|-$/g, '')}`,
    comment: `${room.name} has its rooms: ${room.why}.`,
    severity: 'error',
    from: { path: '^src/', pathNot: room.rooms },
    to: { path: `(^|node_modules/)${room.name}(/|$)` },
  }))
}

module.exports = {
  forbidden: [
    ...folderRules(),
    ...packageRules(),
    {
      name: 'no-component-imports-another',
      comment:
        'A component is a folder of its own. What two share lies beside them, in shared/ or in wire/.',
      severity: 'error',
      from: { path: '^src/(receiver|processor|exporter|extension)/([^/]+)/' },
      to: {
        path: '^src/$1/[^/]+/',
        pathNot: ['^src/$1/$2/', '^src/$1/(shared|wire)/'],
      },
    },
    {
      name: 'no-cycle',
      comment:
        'Two files that need each other are one idea, or a third file is missing. Types count.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'An import that leads nowhere would hide an arrow from this check.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-package-in-src',
      comment: 'What runs as root on hosts is a dependency with an exact version.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'src-stands-alone',
      comment: 'The package holds dist/ only: src must not reach into tools, tests or benchmarks.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|tools|bench|examples)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import'] },
  },
}
