import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { messageOf, NettracerError } from '../../shared/errors.ts'

/** How a server of Kubernetes is reached, and as whom. */
export interface ApiAccess {
  /** `https://10.96.0.1:443`, perhaps with a path that stands before all others. */
  readonly server: string
  /** PEM; absent: the authorities that Node.js trusts. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly token?: string | undefined
  /** To find in the server's certificate instead of the host of `server`. */
  readonly serverName?: string | undefined
  readonly isUnverified?: boolean
}

/** Read again for each request: tokens and certificates are exchanged while the agent runs. @throws NettracerError */
export type AccessSource = () => ApiAccess

/** What the environment of a pod tells of its API server. */
export type PodEnvironment = Readonly<Record<string, string | undefined>>

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'
const maxFileBytes = 1 << 20

/** Whether the agent runs in a pod with a service account. */
export function isInPod(environment: PodEnvironment, folder = serviceAccountFolder): boolean {
  return hostOf(environment) !== undefined && readOptional(`${folder}/token`) !== undefined
}

/** The API server, as the service account of the agent's own pod. */
export function serviceAccountAccess(
  environment: PodEnvironment,
  folder = serviceAccountFolder,
): AccessSource {
  return () => {
    const host = hostOf(environment)
    if (host === undefined) {
      throw unreadable('KUBERNETES_SERVICE_HOST is not set: the agent does not run in a pod')
    }
    const { KUBERNETES_SERVICE_PORT: port = '443' } = environment
    return {
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      ca: readFile(`${folder}/ca.crt`),
      token: readFile(`${folder}/token`).trim(),
    }
  }
}

/** @throws NettracerError */
export function readFile(path: string): string {
  try {
    const text = readFileSync(path, 'utf8')
    if (text.length > maxFileBytes) throw new RangeError('it is too long')
    return text
  } catch (error) {
    throw unreadable(`${path} cannot be read: ${messageOf(error)}`, error)
  }
}

export function unreadable(message: string, cause?: unknown): NettracerError {
  return new NettracerError('NETTRACER_ERR_KUBERNETES_ACCESS', message, { cause })
}

function readOptional(path: string): string | undefined {
  try {
    return readFile(path)
  } catch {
    return undefined
  }
}

function hostOf({ KUBERNETES_SERVICE_HOST: host = '' }: PodEnvironment): string | undefined {
  return host === '' ? undefined : host
}
