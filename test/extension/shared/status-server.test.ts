import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { StatusServer, text } from '../../../src/extension/shared/status-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

async function serving(endpoint = '127.0.0.1:0') {
  const { settings, lines } = recordedSettings('pages')
  const server = new StatusServer(settings, endpoint, ({ pathname }) => {
    if (pathname === '/broken') throw new Error('no')
    return pathname === '/page' ? text(200, 'hello') : undefined
  })
  await server.start()
  onTestFinished(() => server.stop())
  const ask = (path: string, method = 'GET', host?: string) =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const headers = host === undefined ? {} : { host }
      const { port } = server.address ?? { port: 0 }
      request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (part: string) => (body += part))
        response.on('end', () => resolve({ status: response.statusCode, body }))
      })
        .on('error', reject)
        .end()
    })
  return { server, lines, ask }
}

test.each([
  { path: '/page', status: 200, body: 'hello\n' },
  { path: '/page?a=b', status: 200, body: 'hello\n' },
  { path: '/other', status: 404, body: 'Not found.\n' },
  { path: '/page', method: 'HEAD', status: 200, body: '' },
  { path: '/page', method: 'POST', status: 405, body: 'Only GET and HEAD are allowed.\n' },
  { path: '/page', host: 'localhost:1', status: 200, body: 'hello\n' },
  { path: '/page', host: 'evil.example', status: 421, body: expect.any(String) },
  { path: '//', status: 400, body: 'Not a path.\n' },
  { path: '/broken', status: 500, body: 'This page could not be made; the log says why.\n' },
])('$method $path of $host is answered with $status', async (given) => {
  const { ask } = await serving()
  const { status, body } = given
  expect(await ask(given.path, given.method, given.host)).toEqual({ status, body })
})

test('a page that fails is logged', async () => {
  const { ask, lines } = await serving()
  await ask('/broken')
  expect(lines).toContainEqual({
    level: 'error',
    message: 'a page failed',
    fields: { error: 'no' },
  })
})

test('an address that is taken is an error with what to do', async () => {
  const { server } = await serving()
  const { settings } = recordedSettings('other')
  const second = new StatusServer(settings, `127.0.0.1:${server.address?.port}`, () => undefined)
  await expect(second.start()).rejects.toMatchObject({ code: 'NETTRACER_ERR_LISTEN_FAILED' })
  await second.stop()
})
