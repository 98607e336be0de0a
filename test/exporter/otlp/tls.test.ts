import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ServerCredentials } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { otlpConfig } from '../../../src/exporter/otlp/config.ts'
import { OtlpExporter } from '../../../src/exporter/otlp/exporter.ts'
import { type Certificate, TestAuthority } from '../../support/certificates.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { OtlpReceiver } from '../../support/otlp-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

let authority: TestAuthority
let stranger: TestAuthority
let server: Certificate
let client: Certificate
let foreignClient: Certificate

beforeAll(() => {
  authority = new TestAuthority()
  stranger = new TestAuthority()
  server = authority.issue('server', 'DNS:collector.example,IP:127.0.0.1')
  client = authority.issue('client', 'DNS:agent.example')
  foreignClient = stranger.issue('client', 'DNS:agent.example')
})
afterAll(() => {
  authority.remove()
  stranger.remove()
})

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const points = metricsOf(resource([manyPoints(5)]))

async function secureReceiver(isMutual = false) {
  const pair = { private_key: server.key, cert_chain: server.cert }
  const credentials = ServerCredentials.createSsl(authority.ca, [pair], isMutual)
  const receiver = await OtlpReceiver.start({ credentials })
  cleanups.push(() => receiver.stop())
  return receiver
}

function exporterTo(endpoint: string, tls: object) {
  const recorded = recordedSettings('otlp')
  const config = { endpoint, tls, retry_on_failure: { enabled: false } }
  const exporter = new OtlpExporter(recorded.settings, otlpConfig.parse(config))
  cleanups.push(() => exporter.shutdown())
  return { exporter, ...recorded }
}

const pem = (certificate: Certificate) => ({
  cert_pem: certificate.cert.toString(),
  key_pem: certificate.key.toString(),
})
const files = (certificate: Certificate) => ({
  cert_file: certificate.certFile,
  key_file: certificate.keyFile,
})

test.each([
  { name: 'a CA file', isMutual: false, tls: () => ({ ca_file: authority.caFile }) },
  { name: 'a CA as text', isMutual: false, tls: () => ({ ca_pem: authority.ca.toString() }) },
  {
    name: "a CA beside the system's",
    isMutual: false,
    tls: () => ({ ca_file: authority.caFile, include_system_ca_certs_pool: true }),
  },
  {
    name: "the server's other name",
    isMutual: false,
    tls: () => ({ ca_file: authority.caFile, server_name_override: 'collector.example' }),
  },
  { name: 'no check at all', isMutual: false, tls: () => ({ insecure_skip_verify: true }) },
  {
    name: 'TLS 1.3 only',
    isMutual: false,
    tls: () => ({ ca_file: authority.caFile, min_version: '1.3', max_version: '1.3' }),
  },
  {
    name: 'TLS 1.2 only',
    isMutual: false,
    tls: () => ({ ca_file: authority.caFile, max_version: '1.2' }),
  },
  {
    name: 'a client certificate in files',
    isMutual: true,
    tls: () => ({ ca_file: authority.caFile, ...files(client) }),
  },
  {
    name: 'a client certificate as text',
    isMutual: true,
    tls: () => ({ ca_file: authority.caFile, ...pem(client) }),
  },
])('with $name points arrive', async ({ isMutual, tls }) => {
  const receiver = await secureReceiver(isMutual)
  const { exporter } = exporterTo(`https://127.0.0.1:${receiver.port}`, tls())
  await exporter.start()
  exporter.consume(points)
  await exporter.shutdown()
  expect(receiver.points).toHaveLength(5)
})

test.each([
  { name: "a stranger's CA", isMutual: false, tls: () => ({ ca_file: stranger.caFile }) },
  { name: "the system's CAs only", isMutual: false, tls: () => ({}) },
  {
    name: 'a name that the certificate has not',
    isMutual: false,
    tls: () => ({ ca_file: authority.caFile, server_name_override: 'other.example' }),
  },
  {
    name: 'no client certificate where one is asked for',
    isMutual: true,
    tls: () => ({ ca_file: authority.caFile }),
  },
  {
    name: "a stranger's client certificate",
    isMutual: true,
    tls: () => ({ ca_file: authority.caFile, ...files(foreignClient) }),
  },
])('with $name no point leaves, and the failure is counted', async ({ isMutual, tls }) => {
  const receiver = await secureReceiver(isMutual)
  const { exporter, readings } = exporterTo(`127.0.0.1:${receiver.port}`, tls())
  await exporter.start()
  exporter.consume(points)
  const failed = 'nettracer.exporter.failed_points{otel.component.name=otlp}'
  await expect.poll(async () => (await readings())[failed]).toBe(5)
  expect(receiver.points).toHaveLength(0)
})

test.each([
  {
    name: 'a CA file that is not there',
    tls: () => ({ ca_file: '/nowhere/ca.pem' }),
    message: /^tls\.ca_file \/nowhere\/ca\.pem cannot be read: ENOENT/,
  },
  {
    name: 'a key file that is not there',
    tls: () => ({ cert_file: client.certFile, key_file: '/nowhere/key.pem' }),
    message: /^tls\.key_file \/nowhere\/key\.pem cannot be read/,
  },
  {
    name: 'a CA file without a certificate',
    tls: () => ({ ca_file: client.keyFile }),
    message: /client\.key has no PEM certificate/,
  },
  {
    name: 'a broken certificate',
    tls: () => ({ ca_pem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }),
    message: /^tls\.ca_pem has a broken certificate/,
  },
  {
    name: 'a key of another certificate',
    tls: () => ({ cert_file: client.certFile, key_file: server.keyFile }),
    message: /^tls\.key_file .*server\.key, tls\.cert_file .*client\.pem do not work together/,
  },
])('$name is an error at the start that names it', async ({ tls, message }) => {
  const { exporter } = exporterTo('127.0.0.1:4317', tls())
  await expect(exporter.start()).rejects.toThrow(message)
})

test('certificates that change on disk are used for new connections', async () => {
  const receiver = await secureReceiver(true)
  const certFile = join(authority.folder, 'changing.pem')
  const keyFile = join(authority.folder, 'changing.key')
  writeFileSync(certFile, foreignClient.cert)
  writeFileSync(keyFile, foreignClient.key)
  const { exporter, lines } = exporterTo(`127.0.0.1:${receiver.port}`, {
    ca_file: authority.caFile,
    cert_file: certFile,
    key_file: keyFile,
    reload_interval: '20ms',
  })
  await exporter.start()
  writeFileSync(certFile, client.cert)
  writeFileSync(keyFile, client.key)
  await expect
    .poll(() => lines.map((line) => line.message))
    .toContain('Certificates were loaded again')
  exporter.consume(points)
  await exporter.shutdown()
  expect(receiver.points).toHaveLength(5)
})

test('certificates that break on disk leave the old ones in use', async () => {
  const receiver = await secureReceiver()
  const caFile = join(authority.folder, 'breaking.pem')
  writeFileSync(caFile, authority.ca)
  const { exporter, lines } = exporterTo(`127.0.0.1:${receiver.port}`, {
    ca_file: caFile,
    reload_interval: '20ms',
  })
  await exporter.start()
  writeFileSync(caFile, 'nothing')
  await expect.poll(() => lines.length).toBeGreaterThan(0)
  exporter.consume(points)
  await exporter.shutdown()
  expect(lines[0]?.message).toBe('Certificates cannot be loaded again; the old ones stay')
  expect(receiver.points).toHaveLength(5)
})
