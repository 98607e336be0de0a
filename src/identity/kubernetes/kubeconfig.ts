import { dirname, resolve } from 'node:path'
import { type AccessSource, type ApiAccess, readFile, unreadable } from './access.ts'
import { type JsonObject, objectOf, objectsOf } from './fields.ts'

export interface KubeconfigSettings {
  readonly path: string
  /** The one of the file (`current-context`) if absent. */
  readonly context?: string | undefined
  /** @throws at what is not YAML */
  readonly parse: (text: string) => unknown
}

/** The API server of a kubeconfig file, as its user. Files that it names are read beside it. */
export function kubeconfigAccess(settings: KubeconfigSettings): AccessSource {
  return () => new Kubeconfig(settings).access()
}

class Kubeconfig {
  readonly #path: string
  readonly #document: JsonObject
  readonly #context: unknown

  constructor({ path, context, parse }: KubeconfigSettings) {
    this.#path = path
    this.#document = objectOf(parse(readFile(path)))
    this.#context = context ?? this.#document['current-context']
  }

  access(): ApiAccess {
    const context = this.#named('contexts', this.#context)
    const cluster = this.#named('clusters', context['cluster'])
    const user = this.#named('users', context['user'])
    const { server } = cluster
    if (typeof server !== 'string' || !/^https:\/\/[^/]/.test(server) || !URL.canParse(server)) {
      throw unreadable(`${this.#path}: the cluster of its context has no https:// server`)
    }
    for (const key of ['exec', 'auth-provider']) {
      if (user[key] === undefined) continue
      const instead = 'give a token, a token file or a client certificate'
      throw unreadable(
        `${this.#path}: ${key} would run another program, which is not done: ${instead}`,
      )
    }
    return {
      server: server.replace(/\/+$/, ''),
      ca: this.#material(cluster, 'certificate-authority'),
      cert: this.#material(user, 'client-certificate'),
      key: this.#material(user, 'client-key'),
      token: this.#token(user),
      serverName: text(cluster['tls-server-name']),
      isUnverified: cluster['insecure-skip-tls-verify'] === true,
    }
  }

  /** One entry of `clusters`, `users` or `contexts`, which are all lists of a name and what it names. */
  #named(list: 'clusters' | 'users' | 'contexts', name: unknown): JsonObject {
    const found = objectsOf(this.#document[list]).find((one) => one['name'] === name)
    if (name !== undefined && found !== undefined) return objectOf(found[list.slice(0, -1)])
    throw unreadable(`${this.#path}: there is no ${String(name)} in its ${list}`)
  }

  /** `KEY-data` is the PEM in base64, `KEY` is a file's name. */
  #material(from: JsonObject, key: string): string | undefined {
    const encoded = text(from[`${key}-data`])
    if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString('utf8')
    const file = text(from[key])
    return file === undefined ? undefined : readFile(this.#beside(file))
  }

  #token(user: JsonObject): string | undefined {
    const file = text(user['tokenFile'])
    return file === undefined ? text(user['token']) : readFile(this.#beside(file)).trim()
  }

  #beside(file: string): string {
    return resolve(dirname(this.#path), file)
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
