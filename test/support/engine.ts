import { request } from 'node:http'
import { join } from 'node:path'
import { EngineProcess } from './engine-process.ts'
import { busyboxImage, clearEngineRoom, type EngineRoom } from './engine-room.ts'

export interface ContainerSettings {
  readonly name?: string
  readonly command: readonly string[]
  /** Default: the image that {@link Engine.importImage} made last. */
  readonly image?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** `none`, `host` (the engine's own namespace), `container:ID`, `bridge`. Default `host`. */
  readonly network?: string
  /** Ports of the container by `80/tcp`, each published on a port of the engine's namespace. */
  readonly ports?: Readonly<Record<string, number>>
  /** `/kubepods/burstable/pod<uid>` */
  readonly cgroupParent?: string
  /** `/host/path:/container/path:ro` */
  readonly binds?: readonly string[]
}

/** What the engine itself says of a container: `docker inspect`. */
export interface Inspection {
  readonly Id: string
  readonly Name: string
  readonly Image: string
  readonly State: { readonly Pid: number; readonly Running: boolean; readonly ExitCode: number }
  readonly Config: {
    readonly Image: string
    readonly Labels: Readonly<Record<string, string>> | null
  }
  readonly NetworkSettings: {
    readonly IPAddress: string
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>
  }
}

export interface EngineSettings extends EngineRoom {
  readonly name: string
  /** Its socket is `ENGINE.sock` in the folder. */
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** An engine of containers of a test's own: asked through its Docker-compatible API, over its socket. */
export class Engine {
  readonly socket: string
  readonly folder: string
  /** Name of the network namespace that it, and containers of the network `host`, run in. */
  readonly namespace: string
  readonly #room: EngineRoom
  readonly #process: EngineProcess
  #image = ''

  constructor(settings: EngineSettings) {
    this.#room = settings
    this.folder = settings.folder
    this.namespace = settings.namespace
    this.socket = join(settings.folder, `${settings.name}.sock`)
    this.#process = new EngineProcess({ ...settings, isReady: () => this.#isReady() })
  }

  get pid(): number {
    return this.#process.pid
  }

  get log(): string {
    return this.#process.log
  }

  start(): Promise<void> {
    return this.#process.start()
  }

  /** @param signal SIGKILL: as if it crashed */
  stop(signal?: NodeJS.Signals): Promise<void> {
    return this.#process.stop(signal)
  }

  /** @throws if the answer says that it failed */
  async ask<T>(method: string, path: string, body?: Buffer | object): Promise<T> {
    const isTar = Buffer.isBuffer(body)
    const { status, text } = await this.#exchange(
      method,
      path,
      isTar ? 'application/x-tar' : 'application/json',
      isTar || body === undefined ? body : Buffer.from(JSON.stringify(body)),
    )
    if (status >= 400) throw new Error(`${method} ${path}: ${status} ${text}`)
    return (text.startsWith('{') || text.startsWith('[') ? parseFirst(text) : text) as T
  }

  /** Makes an image of busybox. @param name with its tag */
  async importImage(name: string): Promise<string> {
    const [, repository = '', tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(name) ?? []
    const tar = busyboxImage(this.folder)
    const from = `repo=${encodeURIComponent(repository)}&tag=${tag}`
    await this.ask('POST', `/v1.41/images/create?fromSrc=-&${from}`, tar)
    // Podman does not take the tag.
    await this.ask('POST', `/v1.41/images/${encodeURIComponent(repository)}/tag?${from}`).catch(
      () => {},
    )
    this.#image = name
    return name
  }

  /** @returns its id; it runs */
  async run(settings: ContainerSettings): Promise<string> {
    const id = await this.create(settings)
    await this.ask('POST', `/v1.41/containers/${id}/start`)
    return id
  }

  async create(settings: ContainerSettings): Promise<string> {
    const query = settings.name === undefined ? '' : `?name=${settings.name}`
    const ports = Object.entries(settings.ports ?? {})
    const { Id } = await this.ask<{ Id: string }>('POST', `/v1.41/containers/create${query}`, {
      Image: settings.image ?? this.#image,
      Cmd: settings.command,
      Labels: settings.labels ?? {},
      Env: Object.entries(settings.env ?? {}).map(([name, value]) => `${name}=${value}`),
      ExposedPorts: Object.fromEntries(ports.map(([port]) => [port, {}])),
      HostConfig: {
        NetworkMode: settings.network ?? 'host',
        PortBindings: Object.fromEntries(
          ports.map(([port, host]) => [port, [{ HostIp: '', HostPort: String(host) }]]),
        ),
        ...(settings.cgroupParent !== undefined && { CgroupParent: settings.cgroupParent }),
        ...(settings.binds !== undefined && { Binds: settings.binds }),
      },
    })
    return Id
  }

  inspect(id: string): Promise<Inspection> {
    return this.ask('GET', `/v1.41/containers/${id}/json`)
  }

  async remove(id: string): Promise<void> {
    await this.ask('DELETE', `/v1.41/containers/${id}?force=1`)
  }

  /** Ends it with all its containers, and leaves nothing behind but its log. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.start()
      const all = await this.ask<{ Id: string }[]>('GET', '/v1.41/containers/json?all=1')
      await Promise.all(all.map(({ Id }) => this.remove(Id).catch(() => {})))
    } finally {
      await this.stop()
      await clearEngineRoom(this.#room)
    }
  }

  async #isReady(): Promise<boolean> {
    return (await this.#exchange('GET', '/_ping')).status === 200
  }

  #exchange(method: string, path: string, type?: string, body?: Buffer) {
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const headers = { host: 'engine', connection: 'close', ...(type && { 'content-type': type }) }
      const asked = request({ socketPath: this.socket, method, path, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (more: string) => (text += more))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', reject)
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }
}

/** Answers that report progress are several values, one a line. */
function parseFirst(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return JSON.parse(text.split('\n', 1)[0] ?? '')
  }
}
