import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Certificate, TestAuthority } from '../../support/certificates.ts'
import { ForwardProxy } from '../../support/forward-proxy.ts'
import { freePort } from '../../support/free-port.ts'
import { OtlpHttpReceiver } from '../../support/otlp-http-server.ts'
import { exporterWith, type Input, points, quick } from './exporting.ts'

let authority: TestAuthority
let certificate: Certificate
beforeAll(() => {
  authority = new TestAuthority()
  certificate = authority.issue('server', 'DNS:localhost,IP:127.0.0.1')
})
afterAll(() => authority.remove())

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const secure = () => ({ key: certificate.key, cert: certificate.cert })

async function receiver(isTls: boolean) {
  const server = await OtlpHttpReceiver.start(isTls ? { tls: secure() } : {})
  cleanups.push(() => server.stop())
  return server
}

async function forwardProxy(settings: Parameters<typeof ForwardProxy.start>[0] = {}) {
  const proxy = await ForwardProxy.start(settings)
  cleanups.push(() => proxy.stop())
  return proxy
}

async function exporting(config: Input, environment: Record<string, string> = {}) {
  const tls = { ca_file: authority.caFile }
  const made = exporterWith({ tls, ...config }, environment)
  await made.exporter.start()
  cleanups.push(() => made.exporter.shutdown())
  return made
}

const final = { retry_on_failure: { ...quick, enabled: false } }
const scheme = (isTls: boolean) => (isTls ? 'https' : 'http')

test.each([
  { isTlsProxy: false, isTlsTarget: false },
  { isTlsProxy: false, isTlsTarget: true },
  { isTlsProxy: true, isTlsTarget: false },
  { isTlsProxy: true, isTlsTarget: true },
])('proxy_url (TLS: $isTlsProxy) stands before a receiver (TLS: $isTlsTarget)', async (is) => {
  const server = await receiver(is.isTlsTarget)
  const authorization = `Basic ${Buffer.from('u:p@ss').toString('base64')}`
  const proxy = await forwardProxy({ authorization, ...(is.isTlsProxy ? { tls: secure() } : {}) })
  const target = `localhost:${server.port}`
  const { exporter, count } = await exporting({
    endpoint: `${scheme(is.isTlsTarget)}://${target}`,
    proxy_url: `${scheme(is.isTlsProxy)}://u:p%40ss@localhost:${proxy.port}`,
  })
  for (let at = 1; at <= 3; at += 1) {
    exporter.consume(points(5))
    await expect.poll(() => count('sent_points')).toBe(at * 5)
  }
  expect(server.points).toHaveLength(15)
  expect(server.received[0]?.headers).not.toHaveProperty('proxy-authorization')
  expect(server.received[0]?.headers.host).toBe(target)
  // A tunnel is used again.
  expect(proxy.seen).toEqual(
    is.isTlsTarget
      ? [`CONNECT ${target}`]
      : Array.from({ length: 3 }, () => `POST http://${target}/v1/metrics`),
  )
})

test.each([{ isTls: false }, { isTls: true }])(
  'a proxy that wants a password says so in the log (TLS: $isTls)',
  async ({ isTls }) => {
    const server = await receiver(isTls)
    const proxy = await forwardProxy({ authorization: 'Basic x' })
    const { exporter, count, lines } = await exporting({
      endpoint: `${scheme(isTls)}://localhost:${server.port}`,
      proxy_url: `http://user:hidden@localhost:${proxy.port}`,
      ...final,
    })
    exporter.consume(points(5))
    await expect.poll(() => count('failed_points')).toBe(5)
    expect(lines.at(-1)?.fields['reason']).toMatch(/ 407 ?/)
    expect(JSON.stringify(lines)).not.toContain('hidden')
    expect(server.received).toHaveLength(0)
  },
)

test('a proxy that is not there is named in the log', async () => {
  const port = await freePort()
  const { exporter, count, lines } = await exporting({
    endpoint: 'https://collector.example:4318',
    proxy_url: `http://127.0.0.1:${port}`,
    ...final,
  })
  exporter.consume(points(5))
  await expect.poll(() => count('failed_points')).toBe(5)
  const reason = `collector.example:4318 through the proxy 127.0.0.1:${port}: connect ECONNREFUSED`
  expect(lines.at(-1)?.fields['reason']).toMatch(reason)
})

test('a name is resolved by the proxy, which the environment names', async () => {
  const proxy = await forwardProxy()
  const { exporter, count } = await exporting(
    { endpoint: 'https://collector.example', ...final },
    { https_proxy: `localhost:${proxy.port}` },
  )
  exporter.consume(points(5))
  await expect.poll(() => count('failed_points'), { timeout: 10_000 }).toBe(5)
  expect(proxy.seen).toEqual(['CONNECT collector.example:443'])
})

test('the environment names no proxy for this host', async () => {
  const server = await receiver(false)
  const { exporter } = await exporting(
    { endpoint: `http://localhost:${server.port}` },
    { HTTP_PROXY: 'http://127.0.0.1:1' },
  )
  exporter.consume(points(5))
  await exporter.shutdown()
  expect(server.points).toHaveLength(5)
})

test('a proxy of the environment that cannot be used is an error at the start', async () => {
  const made = exporterWith({ endpoint: 'http://a.example' }, { HTTP_PROXY: 'socks5://u:p@b:1' })
  await expect(made.exporter.start()).rejects.toThrow(
    'the variable HTTP_PROXY: SOCKS proxies are not supported here: use http:// or https://',
  )
})
