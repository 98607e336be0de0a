import { expect, test } from 'vitest'
import { ConfigFiles } from '../support/config-files.ts'
import { Program } from '../support/program.ts'

const agent = new URL('../support/run-test-agent.ts', import.meta.url)

function yaml(exporter = 'otlp'): string {
  return `receivers: { nettracer: }
exporters: { ${exporter}: { endpoint: a } }
service: { pipelines: { metrics: { receivers: [nettracer], exporters: [${exporter}] } } }
`
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s stops in order and ends with 0', async (signal) => {
  using files = new ConfigFiles()
  await using program = new Program(agent, [files.write('c.yaml', yaml())])
  await program.says('service started')
  program.signal(signal)
  const { code, stdout } = await program.ended()
  expect(stdout).toBe('start otlp\nstart nettracer\nstop nettracer\nstop otlp\n')
  expect(code).toBe(0)
})

test('a second signal ends a stop that hangs, with 3', async () => {
  using files = new ConfigFiles()
  await using program = new Program(agent, [files.write('c.yaml', yaml('otlp/slow'))])
  await program.says('service started')
  program.signal('SIGTERM')
  await program.says('stop otlp/slow')
  program.signal('SIGTERM')
  const { code, stderr } = await program.ended()
  expect(code).toBe(3)
  expect(stderr).toContain('stopped at once: not all was sent')
})

test('SIGHUP with a good configuration replaces what differs, the new before the old', async () => {
  using files = new ConfigFiles()
  const path = files.write('c.yaml', yaml())
  await using program = new Program(agent, [path])
  await program.says('service started')
  files.write('c.yaml', yaml('otlp/new'))
  program.signal('SIGHUP')
  await program.says('the new configuration runs')
  program.signal('SIGTERM')
  const { code, stdout } = await program.ended()
  expect(stdout.split('\n').slice(2)).toEqual([
    'start otlp/new',
    'stop otlp',
    'stop nettracer',
    'stop otlp/new',
    '',
  ])
  expect(code).toBe(0)
})

test('SIGHUP with a bad configuration keeps the old one and says each error', async () => {
  using files = new ConfigFiles()
  const path = files.write('c.yaml', yaml())
  await using program = new Program(agent, [path])
  await program.says('service started')
  files.write('c.yaml', 'a: 1\nb: 2\n')
  program.signal('SIGHUP')
  await program.says('service.pipelines: required')
  program.signal('SIGTERM')
  const { code, stdout, stderr } = await program.ended()
  expect(stdout).toBe('start otlp\nstart nettracer\nstop nettracer\nstop otlp\n')
  expect(stderr.match(/not reloaded, the old configuration goes on/g)).toHaveLength(3)
  expect(code).toBe(0)
})

test('SIGHUP with a configuration that does not start goes back to the old one', async () => {
  using files = new ConfigFiles()
  const path = files.write('c.yaml', yaml())
  await using program = new Program(agent, [path])
  await program.says('service started')
  files.write('c.yaml', yaml('otlp/broken'))
  program.signal('SIGHUP')
  await program.says('back to the old one')
  program.signal('SIGTERM')
  const { code, stdout } = await program.ended()
  expect(stdout.trim().split('\n').slice(2)).toEqual([
    'start otlp/broken',
    'stop otlp/broken',
    'stop nettracer',
    'stop otlp',
  ])
  expect(code).toBe(0)
})

test.each([
  {
    exporter: 'otlp/no_source',
    code: 2,
    says: 'refused\nNo source can run here: it takes CAP_BPF and CAP_PERFMON',
  },
  { exporter: 'otlp/broken', code: 3, says: 'Error: broken\n' },
])('a component that does not start ends the program with $code', async (one) => {
  using files = new ConfigFiles()
  await using program = new Program(agent, [files.write('c.yaml', yaml(one.exporter))])
  const { code, stderr } = await program.ended()
  expect(code).toBe(one.code)
  expect(stderr).toContain(one.says)
})

test('a bad configuration ends the program with 1 before anything starts', async () => {
  await using program = new Program(agent, ['/no/such.yaml'])
  expect(await program.ended()).toEqual({
    code: 1,
    stdout: '',
    stderr: '/no/such.yaml:1:1: (top level): file cannot be read: no such file or directory\n',
  })
})

test('warnings of the configuration are in the log', async () => {
  using files = new ConfigFiles()
  const path = files.write('c.yaml', `processors: { batch: }\n${yaml()}`)
  await using program = new Program(agent, [path])
  await program.says('service started')
  program.signal('SIGTERM')
  const { stderr } = await program.ended()
  expect(stderr).toContain(
    'c.yaml:1:15: processors.batch: defined, but no pipeline names this processor',
  )
})

test('a reader that closes standard output does not end the program', async () => {
  using files = new ConfigFiles()
  const path = files.write('c.yaml', yaml())
  await using program = new Program(agent, [path])
  await program.says('service started')
  program.child.stdout.destroy()
  program.signal('SIGHUP')
  await program.says('reloading the configuration')
  program.signal('SIGTERM')
  expect((await program.ended()).code).toBe(0)
})

test('with service.reload.on_change a changed file reloads, a bad one too does no harm', async () => {
  using files = new ConfigFiles()
  const watched = (exporter: string) =>
    yaml(exporter).replace('service: {', 'service: { reload: { on_change: true, interval: 100ms },')
  const path = files.write('c.yaml', watched('otlp'))
  await using program = new Program(agent, [path])
  await program.says('service started')
  files.write('c.yaml', 'a: 1\n')
  await program.says('not reloaded, the old configuration goes on')
  files.write('c.yaml', watched('otlp/new'))
  await program.says('the new configuration runs')
  program.signal('SIGTERM')
  const { code, stdout } = await program.ended()
  expect(stdout).toContain('start otlp/new\nstop otlp\n')
  expect(code).toBe(0)
})
