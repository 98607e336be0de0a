import { createServer, request as httpRequest, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'

interface ProxySettings {
  readonly tls?: object
  /** What `Proxy-Authorization` must be. */
  readonly authorization?: string
}

/** A proxy of HTTP on loopback: forwards requests, and tunnels what asks for CONNECT. */
export class ForwardProxy {
  /** `METHOD TARGET` of each request. */
  readonly seen: string[] = []
  port = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(settings: ProxySettings) {
    this.#server = settings.tls === undefined ? createServer() : createTlsServer(settings.tls)
    this.#server.on('connection', (socket: Socket) => this.#keep(socket))
    this.#server.on('request', (request, response) => {
      this.seen.push(`${request.method} ${request.url}`)
      if (isRefused(request.headers['proxy-authorization'], settings)) {
        response.writeHead(407).end()
        return
      }
      const { 'proxy-authorization': _, ...headers } = request.headers
      const onward = httpRequest(
        request.url ?? '',
        { method: request.method, headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(response)
        },
      )
      onward.on('error', () => response.writeHead(502).end())
      request.pipe(onward)
    })
    this.#server.on('connect', (request, socket: Socket) => {
      this.seen.push(`CONNECT ${request.url}`)
      socket.on('error', () => socket.destroy())
      if (isRefused(request.headers['proxy-authorization'], settings)) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
        return
      }
      const [host = '', port = ''] = (request.url ?? '').split(':')
      const onward = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        onward.pipe(socket)
        socket.pipe(onward)
      })
      this.#keep(onward)
      onward.on('error', () => socket.destroy())
    })
  }

  static async start(settings: ProxySettings = {}): Promise<ForwardProxy> {
    const proxy = new ForwardProxy(settings)
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, '127.0.0.1', resolve)
    })
    proxy.port = (proxy.#server.address() as AddressInfo).port
    return proxy
  }

  stop(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

function isRefused(given: string | undefined, { authorization }: ProxySettings): boolean {
  return authorization !== undefined && given !== authorization
}
