import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type Certificate, TestAuthority } from './certificates.ts'

/** An object of Kubernetes, as far as the server itself looks at it. */
export interface ServedObject {
  readonly metadata: {
    readonly uid: string
    readonly name: string
    readonly namespace?: string
    readonly [key: string]: unknown
  }
  readonly spec?: object
  readonly status?: object
}

export interface ServedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Asked {
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  readonly isWatch: boolean
}

interface HistoryEvent {
  readonly version: number
  readonly type: string
  readonly path: string
  readonly object: ServedObject
}

interface OpenWatch {
  readonly path: string
  readonly query: URLSearchParams
  readonly response: ServerResponse
}

/**
 * An API server on loopback, as far as lists and watches go: pages, versions, bookmarks, expired states, field selectors by
 * equality. It keeps what it is given; what it answers else is what a test says.
 */
export class KubernetesServer {
  readonly authority = new TestAuthority()
  readonly asked: Asked[] = []
  port = 0
  /** Answers instead of the server; `destroy` cuts the connection, `undefined` lets it answer by itself. */
  instead: (asked: Asked) => ServedAnswer | 'destroy' | undefined = () => undefined
  readonly #certificate: Certificate
  readonly #objects = new Map<string, Map<string, ServedObject>>()
  readonly #sockets = new Set<Socket>()
  readonly #watches = new Set<OpenWatch>()
  #history: HistoryEvent[] = []
  #version = 1000
  /** States before this one are forgotten. */
  #oldest = 0
  #server: ReturnType<typeof createServer> | undefined

  constructor() {
    this.#certificate = this.authority.issue('api', 'DNS:localhost,IP:127.0.0.1')
  }

  static async start(): Promise<KubernetesServer> {
    const server = new KubernetesServer()
    await server.listen()
    return server
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`
  }

  /** Watches that are open now. */
  get watching(): number {
    return this.#watches.size
  }

  /** Again at its old port after {@link halt}. */
  async listen(): Promise<void> {
    const { cert, key } = this.#certificate
    const server = createServer({ cert, key }, (request, response) => {
      this.#answer(request, response)
    })
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.port, '127.0.0.1', resolve)
    })
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** As at a restart: connections are cut, and states are forgotten. */
  async halt(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  async stop(): Promise<void> {
    await this.halt()
    this.authority.remove()
  }

  count(path: string, isWatch: boolean): number {
    return this.asked.filter((one) => one.path === path && one.isWatch === isWatch).length
  }

  put(path: string, object: ServedObject): void {
    const objects = this.#objects.get(path) ?? new Map<string, ServedObject>()
    const { uid } = object.metadata
    const type = objects.has(uid) ? 'MODIFIED' : 'ADDED'
    this.#objects.set(path, objects)
    this.#version += 1
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) }
    objects.set(uid, { ...object, metadata })
    this.#tell({ version: this.#version, type, path, object: { ...object, metadata } })
  }

  delete(path: string, uid: string): void {
    const object = this.#objects.get(path)?.get(uid)
    if (object === undefined) return
    this.#objects.get(path)?.delete(uid)
    this.#version += 1
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) }
    this.#tell({
      version: this.#version,
      type: 'DELETED',
      path,
      object: { ...object, metadata },
    })
  }

  /** States until now are forgotten; a watch from one of them ends with 410. */
  forget(): void {
    this.#version += 1
    this.#oldest = this.#version
    this.#history = []
  }

  /** Ends open watches: with the event that tells that their state is gone, or without a word. */
  endWatches(how: 'expired' | 'end' | 'cut'): void {
    for (const { response } of this.#watches) {
      if (how === 'cut') response.destroy()
      else if (how === 'end') response.end()
      else response.end(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`)
    }
    this.#watches.clear()
  }

  /** Writes to all open watches as it is. */
  write(text: string): void {
    for (const { response } of this.#watches) response.write(text)
  }

  bookmark(): void {
    const metadata = { resourceVersion: String(this.#version) }
    this.write(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata } })}\n`)
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'https://server')
    const query = url.searchParams
    const isWatch = query.get('watch') === 'true'
    const { authorization } = request.headers
    const asked = { path: url.pathname, query, authorization, isWatch }
    this.asked.push(asked)
    const given = this.instead(asked)
    const single = this.#single(url.pathname)
    if (given === 'destroy') request.socket.destroy()
    else if (given !== undefined) {
      response.writeHead(given.status, given.headers).end(given.body)
    } else if (isWatch) this.#watch(asked, response)
    else if (single !== undefined) response.end(JSON.stringify(single))
    else this.#list(asked, response)
  }

  #list({ path, query }: Asked, response: ServerResponse): void {
    const objects = this.#objects.get(path)
    const limit = Number(query.get('limit') ?? Number.POSITIVE_INFINITY)
    const [version = this.#version, from = 0] = placeOf(query)
    if (version < this.#oldest) {
      response.writeHead(410).end(JSON.stringify(expired))
      return
    }
    const all = [...(objects?.values() ?? [])].filter((one) => isSelected(one, query))
    const isMore = all.length > from + limit
    const metadata = {
      resourceVersion: String(version),
      ...(isMore && { continue: `${version}-${from + limit}` }),
    }
    const items = all.slice(from, from + limit)
    response.end(JSON.stringify({ kind: 'List', apiVersion: 'v1', metadata, items }))
  }

  #single(path: string): ServedObject | undefined {
    const name = path.split('/').at(-1)
    const kind = path.split('/').slice(0, -1).join('/')
    return [...(this.#objects.get(kind)?.values() ?? [])].find((one) => one.metadata.name === name)
  }

  #watch({ path, query }: Asked, response: ServerResponse): void {
    const since = Number(query.get('resourceVersion'))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (since < this.#oldest) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`)
      return
    }
    const watch = { path, query, response }
    for (const event of this.#history) if (event.version > since) send(watch, event)
    this.#watches.add(watch)
    response.on('close', () => this.#watches.delete(watch))
  }

  #tell(event: HistoryEvent): void {
    this.#history.push(event)
    for (const watch of this.#watches) send(watch, event)
  }
}

/** As the real server says it. */
const expired = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'too old resource version: 1 (1000)',
  reason: 'Expired',
  code: 410,
}

/** Version and place where the next page begins. */
function placeOf(query: URLSearchParams): number[] {
  const text = query.get('continue') ?? ''
  return text === '' ? [] : text.split('-').map(Number)
}

function send({ path, query, response }: OpenWatch, event: HistoryEvent): void {
  if (event.path !== path) return
  const { object } = event
  // What is no longer selected is gone for whoever watches.
  const type = isSelected(object, query) ? event.type : 'DELETED'
  response.write(`${JSON.stringify({ type, object })}\n`)
}

function isSelected(object: ServedObject, query: URLSearchParams): boolean {
  return selectorOf(query.get('fieldSelector') ?? '').every(({ path, isNot, value }) => {
    let found: unknown = object
    for (const key of path) found = (found as Record<string, unknown> | undefined)?.[key]
    return (found === value) !== isNot
  })
}

interface Term {
  readonly path: readonly string[]
  readonly isNot: boolean
  readonly value: string
}

const selectors = new Map<string, readonly Term[]>()

/** Read once: a list asks it of each object. */
function selectorOf(text: string): readonly Term[] {
  const known = selectors.get(text)
  if (known !== undefined) return known
  const terms = text
    .split(',')
    .filter((term) => term !== '')
    .map((term) => {
      const [, path = '', not, value = ''] = /^([\w.]+)(!)?=(.*)$/.exec(term) ?? []
      return { path: path.split('.'), isNot: not === '!', value }
    })
  selectors.set(text, terms)
  return terms
}
