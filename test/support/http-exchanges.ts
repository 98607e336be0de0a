// http-exchanges.ts VERSION ROUNDS THINK_MS: asks itself over loopback, one request after the other on one connection,
// by HTTP/1.1 or 2. Prints { port, client, server } in ns: what each side measured of each exchange, summed.
import http from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'

const [version = 1, rounds = 1, thinkMs = 0] = process.argv.slice(2).map(Number)
const now = () => Number(process.hrtime.bigint())
const sums = { client: 0, server: 0 }

interface Answering {
  end(body: string, written: () => void): unknown
}

function respond(_request: unknown, response: Answering): void {
  const start = now()
  setTimeout(() => {
    response.end('x'.repeat(2000), () => {
      sums.server += now() - start
    })
  }, thinkMs)
}

const server = (version === 2 ? http2.createServer(respond) : http.createServer(respond)).listen(
  0,
  '127.0.0.1',
)
await new Promise((resolve) => server.once('listening', resolve))
const { port } = server.address() as AddressInfo
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
const session = version === 2 ? http2.connect(`http://127.0.0.1:${port}`) : undefined
if (session) await new Promise((resolve) => session.once('remoteSettings', resolve))

for (let round = 0; round < rounds; round += 1) {
  const start = now()
  await new Promise((resolve, reject) => {
    const request = session ? session.request({ ':path': '/' }) : http.get({ port, agent })
    request.once('response', (response) => {
      sums.client += now() - start
      const body = session ? request : response
      body.resume().once('end', resolve)
    })
    request.once('error', reject)
  })
}
session?.close()
agent.destroy()
server.close()
console.log(JSON.stringify({ port, ...sums }))
