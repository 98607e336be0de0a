import { expect, test } from 'vitest'
import { ConfigFiles } from '../support/config-files.ts'
import { type Ended, Program } from '../support/program.ts'

const main = new URL('../../src/cli/main.ts', import.meta.url)

async function nettracer(args: readonly string[], env?: Record<string, string>): Promise<Ended> {
  await using program = new Program(main, args, env)
  return await program.ended()
}

const good = `receivers: { nettracer: }
exporters: { prometheus: { endpoint: "127.0.0.1:1" } }
service: { pipelines: { metrics: { receivers: [nettracer], exporters: [prometheus] } } }
`

test.each([['--help'], ['-h'], ['validate', '--help']])(
  '%s %s prints the usage',
  async (...args) => {
    const { code, stdout } = await nettracer(args.filter((one) => one !== undefined))
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: nettracer \[COMMAND\]/)
  },
)

test('--version prints the version', async () => {
  expect(await nettracer(['--version'])).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^nettracer \d+\.\d+\.\d+\n$/),
    stderr: '',
  })
})

test.each([
  { args: ['--confg', 'a'], says: "Unknown option '--confg'; see nettracer --help\n" },
  {
    args: ['--config'],
    says: "Option '--config <value>' argument missing; see nettracer --help\n",
  },
  {
    args: ['valdate'],
    says: 'unknown command "valdate", known: run, top, validate, components, print-config, doctor; see nettracer --help\n',
  },
  { args: ['validate', 'c.yaml'], says: 'unexpected argument "c.yaml"; see nettracer --help\n' },
])('the arguments $args are an error', async ({ args, says }) => {
  expect(await nettracer(args)).toEqual({ code: 1, stdout: '', stderr: says })
})

test('validate says that a configuration is valid, and what is odd in it', async () => {
  using files = new ConfigFiles()
  const path = files.write('c.yaml', `processors: { batch: }\n${good}`)
  expect(await nettracer(['validate', '--config', path])).toEqual({
    code: 0,
    stdout: 'the configuration is valid\n',
    stderr: `warning: ${path}:1:15: processors.batch: defined, but no pipeline names this processor\n`,
  })
})

test('validate says all that is wrong', async () => {
  using files = new ConfigFiles()
  const path = files.write('c.yaml', good.replace('endpoint', 'endpont'))
  const { code, stdout, stderr } = await nettracer(['validate', '--config', path])
  expect(code).toBe(1)
  expect(stdout).toBe('')
  expect(stderr.split('\n').map((line) => files.relative(line).slice(0, 54))).toEqual([
    'c.yaml:2:26: exporters.prometheus.endpoint: required: ',
    'c.yaml:2:28: exporters.prometheus.endpont: unknown key',
    '',
  ])
})

test('without --config the embedded configuration is valid, with an exporter of the environment too', async () => {
  expect(await nettracer(['validate'])).toMatchObject({ code: 0, stderr: '' })
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4317' }
  const { code, stdout } = await nettracer(['print-config'], env)
  expect(code).toBe(0)
  expect(stdout).toContain('    endpoint: localhost:4317\n')
  expect(stdout).toContain('    metrics/otlp:\n')
})

test('a bad variable is an error like any other', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http',
  }
  const { code, stderr } = await nettracer(['validate'], env)
  expect(code).toBe(1)
  expect(stderr).toContain(
    'environment:1:1: OTEL_EXPORTER_OTLP_PROTOCOL: must be grpc or http/protobuf or http/json, not "http"',
  )
})

test('print-config masks secrets', async () => {
  using files = new ConfigFiles()
  const text = good
    .replaceAll('prometheus', 'otlp')
    .replace('endpoint: "127.0.0.1:1"', 'endpoint: "a:1", headers: { authorization: "${SECRET}" }')
  const path = files.write('c.yaml', text)
  const { code, stdout } = await nettracer(['print-config', '--config', path], {
    SECRET: 'hunter2',
  })
  expect(code).toBe(0)
  expect(stdout).toContain('      authorization: "[REDACTED]"\n')
  expect(stdout).not.toContain('hunter2')
})

test('components lists every type with its stability', async () => {
  const { code, stdout } = await nettracer(['components'])
  expect(code).toBe(0)
  for (const type of [
    'nettracer',
    'batch',
    'otlp',
    'otlphttp',
    'debug',
    'console',
    'file',
    'prometheus',
  ]) {
    expect(stdout).toMatch(
      new RegExp(`- name: ${type}\n(    aliases: .*\n)?    stability:\n      metrics: [a-z]+\n`),
    )
  }
  expect(stdout).toContain('\nextensions:')
})

test('a reader that leaves early is no error', async () => {
  await using program = new Program(main, ['components'])
  program.child.stdout.destroy()
  expect(await program.ended()).toMatchObject({ code: 0, stderr: '' })
})
