import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get as httpGet, type IncomingMessage, type RequestOptions } from 'node:http'
import { get as httpsGet } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { prometheusConfig } from '../../../src/exporter/prometheus/config.ts'
import { PrometheusExporter } from '../../../src/exporter/prometheus/exporter.ts'
import { gauge, metricsOf, point, resource } from '../../support/metrics.ts'
import { parsePage } from '../../support/prometheus.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

const running: PrometheusExporter[] = []
afterEach(async () => {
  for (const exporter of running.splice(0)) await exporter.shutdown()
})

async function started(config: Record<string, unknown> = {}) {
  const recorded = recordedSettings('prometheus')
  const parsed = prometheusConfig.parse({ endpoint: '127.0.0.1:0', ...config })
  const exporter = new PrometheusExporter(recorded.settings, parsed)
  running.push(exporter)
  await exporter.start()
  const port = exporter.address?.port ?? 0
  return { exporter, port, ...recorded }
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

function request(port: number, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = httpGet(
      { host: '127.0.0.1', port, path: '/metrics', agent: false, ...options },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode = 0, headers } = response
          resolve({ status: statusCode, headers, body: Buffer.concat(parts) })
        })
      },
    )
    call.on('error', reject)
  })
}

const one = metricsOf(resource([gauge([point(1)], { name: 'a', unit: '' })], {}))

test('a scrape gets what was consumed, as text', async () => {
  const { exporter, port } = await started()
  exporter.consume(one)
  const { status, headers, body } = await request(port)
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(headers['content-encoding']).toBeUndefined()
  expect(parsePage(body.toString())).toMatchObject([{ name: 'a', value: 1 }])
})

test('gzip and OpenMetrics are used where the client wants them', async () => {
  const { exporter, port } = await started({ enable_open_metrics: true })
  exporter.consume(one)
  const headers = { 'accept-encoding': 'gzip', accept: 'application/openmetrics-text' }
  const answer = await request(port, { headers })
  expect(answer.headers['content-encoding']).toBe('gzip')
  expect(answer.headers['content-type']).toContain('application/openmetrics-text; version=1.0.0')
  expect(gunzipSync(answer.body).toString()).toMatch(/# EOF\n$/)
})

test('OpenMetrics is not used before the configuration allows it', async () => {
  const { port } = await started()
  const answer = await request(port, { headers: { accept: 'application/openmetrics-text' } })
  expect(answer.headers['content-type']).toContain('text/plain')
})

test('HEAD has the headers and no body', async () => {
  const { exporter, port } = await started()
  exporter.consume(one)
  const { status, body } = await request(port, { method: 'HEAD' })
  expect([status, body.length]).toEqual([200, 0])
})

test.each([
  ['POST', '/metrics', 405],
  ['DELETE', '/metrics', 405],
  ['GET', '/', 404],
  ['GET', '/metrics/../etc/passwd', 404],
  ['GET', '/<script>alert(1)</script>', 404],
])('%s %s is refused with %i and repeats nothing of the request', async (method, path, status) => {
  const { port } = await started()
  const answer = await request(port, { method, path })
  expect(answer.status).toBe(status)
  expect(answer.body.toString()).not.toMatch(/passwd|script/)
  expect(answer.headers['x-content-type-options']).toBe('nosniff')
})

test('a query is ignored', async () => {
  const { port } = await started()
  expect((await request(port, { path: '/metrics?name[]=x' })).status).toBe(200)
})

test('headers above the limit are refused', async () => {
  const { port } = await started()
  const answer = await request(port, { headers: { 'x-long': 'x'.repeat(20_000) } })
  expect(answer.status).toBe(431)
})

/** Sends bytes, waits for the end of the connection. */
function sendRaw(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.on('data', (part) => {
      answer += part.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer))
    socket.end(bytes)
  })
}

function garbage(seed: number): Uint8Array {
  const bytes = new Uint8Array(1 + ((seed * 37) % 3000))
  let state = seed + 1
  for (const at of bytes.keys()) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    bytes[at] = state >> 16
  }
  return bytes
}

const hostile = [
  'GET /metrics HTTP/1.1\r\n\r\n',
  'GET /metrics HTTP/9.9\r\nHost: x\r\n\r\n',
  'GET http://evil/metrics HTTP/1.1\r\nHost: x\r\n\r\n',
  'CONNECT evil:443 HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /metrics HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  'GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'GET /metrics HTTP/1.1\r\nHost: x\r\nExpect: 200-maybe\r\n\r\n',
  `GET /${'a'.repeat(60_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET /metrics HTTP/1.1\r\n${'a: b\r\n'.repeat(5000)}\r\n`,
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET /metrics\0 HTTP/1.1\r\nHost: x\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
]

test('garbage and half requests do not stop the server', async () => {
  const { exporter, port } = await started()
  exporter.consume(one)
  const inputs = [
    ...hostile.map((line) => Buffer.from(line, 'latin1')),
    ...Array.from({ length: 100 }, (_, seed) => garbage(seed)),
  ]
  const answers = await Promise.all(inputs.slice(0, 40).map((bytes) => sendRaw(port, bytes)))
  for (const bytes of inputs.slice(40)) answers.push(await sendRaw(port, bytes))
  for (const answer of answers) expect(answer).not.toContain('evil')
  expect((await request(port)).status).toBe(200)
})

test('a client that never reads is cut off, and takes no place for ever', async () => {
  const { exporter, port, readings } = await started({ write_timeout: '100ms' })
  exporter.consume(large(60_000))
  const sockets = Array.from({ length: 8 }, () => {
    const socket = connect(port, '127.0.0.1').pause()
    socket.on('error', () => undefined)
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
    return socket
  })
  const failed = async () =>
    (await readings())[
      'nettracer.exporter.scrapes{otel.component.name=prometheus,nettracer.outcome=failed}'
    ]
  await expect.poll(failed, { timeout: 20_000 }).toBe(8)
  for (const socket of sockets) socket.destroy()
  expect((await request(port, { path: '/nothing' })).status).toBe(404)
})

function large(series: number) {
  const points = Array.from({ length: series }, (_, at) =>
    point(at, {
      'server.port': at,
      'network.peer.address': '10.0.0.1',
      'nettracer.role': 'client',
    }),
  )
  return metricsOf(resource([gauge(points, { name: 'large', unit: '' })], { 'service.name': 'a' }))
}

test('a page of 50,000 series lets the event loop turn many times while it is written', async () => {
  const { exporter, port } = await started()
  exporter.consume(large(50_000))
  let turns = 0
  let handle = setImmediate(function count() {
    turns += 1
    handle = setImmediate(count)
  })
  const { body } = await request(port)
  clearImmediate(handle)
  expect(parsePage(body.toString())).toHaveLength(50_000)
  expect(turns).toBeGreaterThan(50)
})

test('scrapes at the same time each get the whole page', async () => {
  const { exporter, port } = await started()
  exporter.consume(large(5000))
  const answers = await Promise.all(Array.from({ length: 6 }, () => request(port)))
  for (const { body } of answers) expect(parsePage(body.toString())).toHaveLength(5000)
})

test('scrapes and drops are counted', async () => {
  const { exporter, port, readings } = await started()
  exporter.consume(one)
  exporter.consume(one)
  await request(port)
  await expect.poll(readings).toMatchObject({
    'nettracer.exporter.scrapes{otel.component.name=prometheus,nettracer.outcome=completed}': 1,
    'nettracer.exporter.scrape.series{otel.component.name=prometheus}': 1,
    'nettracer.exporter.dropped_points{otel.component.name=prometheus,nettracer.drop.reason=duplicate}': 1,
  })
})

test('an address that is taken is an error that names it and says what to do', async () => {
  const { port } = await started()
  await expect(started({ endpoint: `127.0.0.1:${port}` })).rejects.toMatchObject({
    code: 'NETTRACER_ERR_LISTEN_FAILED',
    message: `cannot listen on 127.0.0.1:${port}: the address is taken; stop the program that has it, or set another endpoint`,
  })
})

test.each([
  ['localhost:0', '127.0.0.1'],
  ['0.0.0.0:0', '0.0.0.0'],
  ['[::1]:0', '::1'],
  [':0', '::'],
])('endpoint %s listens on %s', async (endpoint, address) => {
  const { exporter } = await started({ endpoint })
  expect(exporter.address?.address).toBe(address)
})

test('an address of another machine is an error', async () => {
  await expect(started({ endpoint: '192.0.2.1:0' })).rejects.toMatchObject({
    code: 'NETTRACER_ERR_LISTEN_FAILED',
    message: expect.stringContaining('this machine has no such address'),
  })
})

test('shutdown ends open connections, and may come twice or before a start', async () => {
  const { exporter, port } = await started()
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await exporter.shutdown()
  await exporter.shutdown()
  await closed
  await expect(request(port)).rejects.toThrow('ECONNREFUSED')

  const { settings } = recordedSettings('prometheus')
  const config = prometheusConfig.parse({ endpoint: ':0' })
  await new PrometheusExporter(settings, config).shutdown()
})

test('with a client CA only a client with its certificate may scrape', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-tls-'))
  try {
    const file = (name: string) => join(folder, name)
    const openssl = (...args: string[]) =>
      execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
    for (const name of ['server', 'client']) {
      openssl(
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '1',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.crt`,
      )
    }
    const { exporter, port } = await started({
      tls: {
        cert_file: file('server.crt'),
        key_file: file('server.key'),
        client_ca_file: file('client.crt'),
      },
    })
    exporter.consume(one)
    const scrape = (identity: RequestOptions & { cert?: Buffer; key?: Buffer }) =>
      new Promise<string>((resolve, reject) => {
        const options = {
          host: '127.0.0.1',
          port,
          path: '/metrics',
          agent: false,
          servername: 'localhost',
        }
        const ca = readFileSync(file('server.crt'))
        httpsGet({ ...options, ca, ...identity }, (response) => resolve(text(response))).on(
          'error',
          reject,
        )
      })
    const cert = readFileSync(file('client.crt'))
    const key = readFileSync(file('client.key'))
    expect(await scrape({ cert, key })).toMatch(/^a\{.*\} 1$/m)
    await expect(scrape({})).rejects.toThrow(/certificate required|ECONNRESET|socket hang up/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a certificate that cannot be read is an error that names the file', async () => {
  const tls = { cert_file: '/nowhere/cert.pem', key_file: '/nowhere/key.pem' }
  await expect(started({ tls })).rejects.toMatchObject({
    code: 'NETTRACER_ERR_CONFIG_UNREADABLE',
    message: expect.stringContaining('/nowhere/cert.pem'),
  })
})
