import { connect, createServer, type Server, type Socket } from 'node:net'

/** Passes TCP on to a port of loopback, and cuts connections when it is told to. */
export class TcpRelay {
  readonly port: number
  readonly #server: Server
  readonly #sockets: Set<Socket>

  private constructor(server: Server, port: number, sockets: Set<Socket>) {
    this.#server = server
    this.port = port
    this.#sockets = sockets
  }

  static async start(target: number): Promise<TcpRelay> {
    const sockets = new Set<Socket>()
    const server = createServer((near) => {
      const far = connect(target, '127.0.0.1')
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
        socket.pipe(other)
      }
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new TcpRelay(server, address.port, sockets)
  }

  /** Resets all connections: what is under way in them is gone. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Lets all connections live, and nothing through any more; new ones are served. */
  hold(): void {
    for (const socket of this.#sockets) {
      socket.unpipe()
      socket.resume()
    }
  }

  stop(): void {
    this.cut()
    this.#server.close()
  }
}
