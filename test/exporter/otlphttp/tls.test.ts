import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Certificate, TestAuthority } from '../../support/certificates.ts'
import { OtlpHttpReceiver } from '../../support/otlp-http-server.ts'
import { exporterWith, type Input, points, quick } from './exporting.ts'

let authority: TestAuthority
let stranger: TestAuthority
let server: Certificate
let client: Certificate
let foreignClient: Certificate

beforeAll(() => {
  authority = new TestAuthority()
  stranger = new TestAuthority()
  server = authority.issue('server', 'DNS:localhost,DNS:collector.example,IP:127.0.0.1')
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

async function secureReceiver(isMutual = false) {
  const { key, cert } = server
  const mutual = isMutual ? { ca: authority.ca, requestCert: true, rejectUnauthorized: true } : {}
  const receiver = await OtlpHttpReceiver.start({ tls: { key, cert, ...mutual } })
  cleanups.push(() => receiver.stop())
  return receiver
}

function exporterTo(endpoint: string, tls: Input['tls'], config: Input = {}) {
  const final = { ...quick, enabled: false }
  const made = exporterWith({ endpoint, tls, retry_on_failure: final, ...config })
  cleanups.push(() => made.exporter.shutdown())
  return made
}

const files = (certificate: Certificate) => ({
  cert_file: certificate.certFile,
  key_file: certificate.keyFile,
})

test.each([
  { name: 'a CA file', host: 'localhost', tls: () => ({ ca_file: authority.caFile }) },
  { name: 'an address', host: '127.0.0.1', tls: () => ({ ca_file: authority.caFile }) },
  {
    name: "the server's other name",
    host: '127.0.0.1',
    tls: () => ({ ca_file: authority.caFile, server_name_override: 'collector.example' }),
  },
  {
    name: 'an address as the name',
    host: 'localhost',
    tls: () => ({ ca_file: authority.caFile, server_name_override: '127.0.0.1' }),
  },
  { name: 'no check at all', host: '127.0.0.1', tls: () => ({ insecure_skip_verify: true }) },
  {
    name: 'insecure, which is without effect with https',
    host: 'localhost',
    tls: () => ({ ca_file: authority.caFile, insecure: true }),
  },
  {
    name: 'TLS 1.3 only',
    host: 'localhost',
    tls: () => ({ ca_file: authority.caFile, min_version: '1.3' as const }),
  },
  {
    name: 'a client certificate',
    host: 'localhost',
    isMutual: true,
    tls: () => ({ ca_file: authority.caFile, ...files(client) }),
  },
])('with $name points arrive', async ({ host, isMutual, tls }) => {
  const receiver = await secureReceiver(isMutual)
  const { exporter } = exporterTo(`https://${host}:${receiver.port}`, tls())
  await exporter.start()
  exporter.consume(points(5))
  await exporter.shutdown()
  expect(receiver.points).toHaveLength(5)
})

test('a header Host does not change whose certificate is asked for', async () => {
  const receiver = await secureReceiver()
  const { exporter } = exporterTo(
    `https://localhost:${receiver.port}`,
    { ca_file: authority.caFile },
    { headers: { Host: 'tenant.example' } },
  )
  await exporter.start()
  exporter.consume(points(5))
  await exporter.shutdown()
  expect(receiver.received[0]?.headers.host).toBe('tenant.example')
})

test.each([
  { name: "a stranger's CA", tls: () => ({ ca_file: stranger.caFile }) },
  { name: "the system's CAs only", tls: () => ({}) },
  {
    name: 'a name that the certificate has not',
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
  const { exporter, count } = exporterTo(`https://localhost:${receiver.port}`, tls())
  await exporter.start()
  exporter.consume(points(5))
  await expect.poll(() => count('failed_points')).toBe(5)
  expect(receiver.points).toHaveLength(0)
})

test('a CA file that is not there is an error at the start that names it', async () => {
  const { exporter } = exporterTo('https://localhost:4318', { ca_file: '/nowhere/ca.pem' })
  await expect(exporter.start()).rejects.toThrow(/^tls\.ca_file \/nowhere\/ca\.pem cannot be read/)
})

test('certificates that change on disk are used for new connections, while old requests end', async () => {
  const receiver = await secureReceiver(true)
  const certFile = join(authority.folder, 'changing.pem')
  const keyFile = join(authority.folder, 'changing.key')
  writeFileSync(certFile, foreignClient.cert)
  writeFileSync(keyFile, foreignClient.key)
  const { exporter, lines } = exporterTo(`https://localhost:${receiver.port}`, {
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
  exporter.consume(points(5))
  await exporter.shutdown()
  expect(receiver.points).toHaveLength(5)
})

test('a server of plain text is no server for TLS', async () => {
  const receiver = await OtlpHttpReceiver.start()
  cleanups.push(() => receiver.stop())
  const { exporter, count } = exporterTo(`https://localhost:${receiver.port}`, {})
  await exporter.start()
  exporter.consume(points(5))
  await expect.poll(() => count('failed_points')).toBe(5)
})
