import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'

const built = fileURLToPath(new URL('../../build/kubernetes-test', import.meta.url))
const readyMs = 120_000

/** Says loudly so if kube-apiserver and etcd were not built. */
export function hasKubernetes(): boolean {
  if (existsSync(join(built, 'digest'))) return true
  process.stderr.write(
    '\n!!! SKIPPED: kube-apiserver was not built (npm run check:kubernetes): NOTHING is tested with a real Kubernetes !!!\n\n',
  )
  return false
}

export interface KubernetesObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly resourceVersion: string
  }
}

export interface ApiAnswer {
  readonly status: number
  readonly text: string
}

/**
 * A real kube-apiserver with etcd, in a folder of its own and on loopback. There is no kubelet and no controller: what a test does not
 * write nobody does. The caller disposes of it.
 */
export class KubernetesApi {
  readonly folder = mkdtempSync(join(tmpdir(), 'nettracer-kubernetes-'))
  readonly caFile = join(this.folder, 'certs/apiserver.crt')
  log = ''
  readonly #ports: readonly [api: number, etcd: number, peers: number]
  readonly #flags: readonly string[]
  readonly #agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  #etcd: ChildProcess | undefined
  #api: ChildProcess | undefined

  private constructor(ports: readonly [number, number, number], flags: readonly string[]) {
    this.#ports = ports
    this.#flags = flags
  }

  /** @param flags more of them, for kube-apiserver */
  static async start(flags: readonly string[] = []): Promise<KubernetesApi> {
    const ports = [await freePort(), await freePort(), await freePort()] as const
    const server = new KubernetesApi(ports, flags)
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = privateKey.export({ type: 'pkcs1', format: 'pem' })
    writeFileSync(join(server.folder, 'sa.key'), key)
    writeFileSync(join(server.folder, 'tokens.csv'), 'admintoken,admin,admin,system:masters\n')
    try {
      server.#startEtcd()
      await server.startApi()
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
    return server
  }

  get url(): string {
    return `https://127.0.0.1:${this.#ports[0]}`
  }

  get ca(): string {
    return readFileSync(this.caFile, 'utf8')
  }

  /** Returns when it answers, which takes some 10 s. */
  async startApi(): Promise<void> {
    const [api, etcd] = this.#ports
    const inFolder = (name: string) => join(this.folder, name)
    this.#api = this.#spawn('kube-apiserver', [
      `--etcd-servers=http://127.0.0.1:${etcd}`,
      ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', `--secure-port=${api}`],
      `--cert-dir=${inFolder('certs')}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${inFolder('sa.key')}`,
      `--service-account-signing-key-file=${inFolder('sa.key')}`,
      `--token-auth-file=${inFolder('tokens.csv')}`,
      ...['--authorization-mode=RBAC', '--disable-admission-plugins=ServiceAccount'],
      '--endpoint-reconciler-type=none',
      ...this.#flags,
    ])
    const deadline = performance.now() + readyMs
    for (;;) {
      const answer = await this.ask('GET', '/readyz').catch(() => undefined)
      if (answer?.status === 200) return
      if (this.#api.exitCode !== null || performance.now() > deadline) {
        throw new Error(`kube-apiserver is not ready:\n${this.log.slice(-5000)}`)
      }
      await sleep(250)
    }
  }

  async stopApi(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await end(this.#api, signal)
    this.#api = undefined
  }

  /** Forgets all states but the last, as the server does by itself each five minutes. */
  async compact(): Promise<void> {
    const [, etcd] = this.#ports
    const post = async (path: string, body: object) => {
      const response = await fetch(`http://127.0.0.1:${etcd}${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
      })
      return (await response.json()) as { header?: { revision?: string } }
    }
    const { header } = await post('/v3/kv/range', { key: 'AA==' })
    await post('/v3/kv/compaction', { revision: header?.revision ?? '0', physical: true })
  }

  /** As the administrator, unless a token is given. */
  ask(method: string, path: string, body?: object, token = 'admintoken'): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const asked = request(
        `${this.url}${path}`,
        {
          method,
          agent: this.#agent,
          headers: {
            authorization: `Bearer ${token}`,
            'content-type':
              method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
          },
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (more: string) => (text += more))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
          response.on('error', reject)
        },
      )
      asked.on('error', reject)
      asked.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  /** @throws what the server says, unless it did what was asked */
  async write(method: string, path: string, body?: object): Promise<KubernetesObject> {
    const { status, text } = await this.ask(method, path, body)
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`)
    return JSON.parse(text) as KubernetesObject
  }

  create(collection: string, object: object): Promise<KubernetesObject> {
    return this.write('POST', collection, object)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopApi()
    await end(this.#etcd, 'SIGKILL')
    this.#agent.destroy()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #startEtcd(): void {
    const [, etcd, peers] = this.#ports
    const url = (port: number) => `http://127.0.0.1:${port}`
    this.#etcd = this.#spawn('etcd', [
      ...['--data-dir', join(this.folder, 'etcd'), '--unsafe-no-fsync'],
      ...['--listen-client-urls', url(etcd), '--advertise-client-urls', url(etcd)],
      ...['--listen-peer-urls', url(peers), '--initial-advertise-peer-urls', url(peers)],
      ...['--initial-cluster', `default=${url(peers)}`],
    ])
  }

  /** It ends if we are killed. */
  #spawn(name: string, args: readonly string[]): ChildProcess {
    const command = ['--pdeathsig', 'TERM', join(built, name), ...args]
    const child = spawn('setpriv', command, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.log = `${this.log}${text}`.slice(-100_000)
      })
    }
    return child
  }
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}
