import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'

/** Tells of containers as Docker's API does, for containers that no engine runs. */
export class ToldEvents implements AsyncDisposable {
  readonly socket: string
  readonly #streams = new Set<ServerResponse>()
  readonly #server = createServer(({ url = '' }, response) => {
    if (url.startsWith('/events')) {
      response.flushHeaders()
      this.#streams.add(response)
    } else if (url === '/_ping') response.setHeader('Api-Version', '1.41').end('OK')
    else response.end('[]')
  })

  private constructor(folder: string) {
    this.socket = join(folder, 'told.sock')
  }

  static async start(folder: string): Promise<ToldEvents> {
    const told = new ToldEvents(folder)
    told.#server.listen(told.socket)
    await once(told.#server, 'listening')
    return told
  }

  /** @param action `create`, `start`, `die`, `destroy` */
  tell(action: string, id: string): void {
    const attributes = { name: `bulk-${id.slice(0, 8)}`, image: 'registry.test:5000/bench/bulk:1' }
    const event = { Type: 'container', Action: action, Actor: { ID: id, Attributes: attributes } }
    for (const stream of this.#streams) stream.write(`${JSON.stringify(event)}\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
