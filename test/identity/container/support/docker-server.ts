import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder that goes with the test. */
export function socketFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-sockets-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

type Answer = (response: ServerResponse) => void

/** Speaks the API of Docker over a socket, as badly as a test wants. */
export class DockerServer {
  readonly path: string
  /** What it lists, in the API's words. */
  listed: object[] = []
  readonly asked: string[] = []
  /** Instead of its own answers, by the path that is asked for. */
  readonly answers = new Map<string, Answer>()
  readonly #streams = new Set<ServerResponse>()
  readonly #server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    this.asked.push(request.url ?? '')
    const answer = this.answers.get(path) ?? this.#own.get(path) ?? notFound
    answer(response)
  })
  readonly #own = new Map<string, Answer>([
    [
      '/_ping',
      (response) => {
        response.setHeader('Api-Version', '1.41')
        response.end('OK')
      },
    ],
    ['/version', (response) => void response.end('{"Version":"20.10"}')],
    ['/containers/json', (response) => void response.end(JSON.stringify(this.listed))],
    [
      '/events',
      (response) => {
        response.flushHeaders()
        this.#streams.add(response)
      },
    ],
  ])

  constructor(path = join(socketFolder(), 'docker.sock')) {
    this.path = path
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => void this.#server.listen(this.path, resolve))
    onTestFinished(() => this.stop())
    return this
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#streams.clear()
    await new Promise((resolve) => void this.#server.close(resolve))
  }

  get listeners(): number {
    return this.#streams.size
  }

  /** To all that listen to events. */
  write(text: string): void {
    for (const stream of this.#streams) stream.write(text)
  }

  event(action: string, id: string, attributes: object = {}): void {
    const said = { name: 'n', image: 'bb:1', ...attributes }
    this.write(
      `${JSON.stringify({ Type: 'container', Action: action, Actor: { ID: id, Attributes: said } })}\n`,
    )
  }

  endStreams(): void {
    for (const stream of this.#streams) stream.end()
    this.#streams.clear()
  }
}

function notFound(response: ServerResponse): void {
  response.statusCode = 404
  response.end('{"message":"page not found"}')
}
