import { readFileSync } from 'node:fs'
import { KubernetesServer } from '../kubernetes-server.ts'
import type { ApiObject, ClusterAccess, ClusterWriter } from './cluster.ts'

type Recording = Readonly<Record<string, ApiObject>>

/**
 * What kube-apiserver 1.36 answered to each object of the shop, by its path: `node test/kubernetes/support/print-shop.ts` makes it.
 */
export function readRecording(): Recording {
  return JSON.parse(
    readFileSync(new URL('recorded-shop.json', import.meta.url), 'utf8'),
  ) as Recording
}

/** An API server on loopback that answers what the real one did, with the same uids. */
export class RecordedCluster implements ClusterWriter, ClusterAccess {
  readonly token = 'secret'
  readonly server: KubernetesServer
  readonly #recording = readRecording()
  readonly #objects = new Map<string, ApiObject>()

  private constructor(server: KubernetesServer) {
    this.server = server
  }

  static async start(): Promise<RecordedCluster> {
    const cluster = new RecordedCluster(await KubernetesServer.start())
    const system = cluster.#recording['/api/v1/namespaces/kube-system']
    if (system === undefined) throw new Error('the recording has no kube-system')
    cluster.#serve('/api/v1/namespaces/kube-system', system)
    return cluster
  }

  get url(): string {
    return this.server.url
  }

  get ca(): string {
    return this.server.authority.ca.toString()
  }

  async create(collection: string, object: object): Promise<ApiObject> {
    const path = `${collection}/${(object as ApiObject).metadata.name}`
    const recorded = this.#recording[path]
    if (recorded === undefined) throw new Error(`${path} was not recorded`)
    return this.#serve(path, recorded)
  }

  async write(_method: string, path: string, body: object): Promise<ApiObject> {
    const whole = path.replace(/\/status$/, '')
    const known = this.#objects.get(whole)
    if (known === undefined) throw new Error(`nothing is at ${whole}`)
    return this.#serve(whole, merged(known, body) as ApiObject)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop()
  }

  #serve(path: string, object: ApiObject): ApiObject {
    this.#objects.set(path, object)
    const collection = path.replace(/\/[^/]*$/, '').replace(/\/namespaces\/[^/]+\//, '/')
    this.server.put(collection, object)
    return object
  }
}

/** A merge patch (RFC 7386) that removes nothing. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const before = isRecord(target) ? target : {}
  const changed = Object.entries(patch).map(([key, value]) => [key, merged(before[key], value)])
  return { ...before, ...Object.fromEntries(changed) }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
