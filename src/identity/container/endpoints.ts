import { readdirSync } from 'node:fs'
import { basename } from 'node:path'

export type RuntimeApi = 'docker' | 'cri'

/** Where a runtime may listen. */
export interface Endpoint {
  readonly path: string
  readonly api: RuntimeApi
  /** It is a user's, not the machine's: it may say what it likes. */
  readonly isUsers: boolean
}

/** Where the runtimes listen unless they are told otherwise. */
const usual = [
  '/var/run/docker.sock',
  '/run/podman/podman.sock',
  '/run/containerd/containerd.sock',
  '/run/crio/crio.sock',
] as const

const maxUsers = 64

/** @param path of a socket: CRI if the last part of its name has `containerd` or `cri`, else the API of Docker */
export function endpointAt(path: string, isUsers = false): Endpoint {
  const plain = path.replace(/^unix:\/\//, '')
  return { path: plain, api: /containerd|cri/.test(basename(plain)) ? 'cri' : 'docker', isUsers }
}

/** @param runRoot instead of `/run/user`, where each user has a folder */
export function usualEndpoints(runRoot = '/run/user'): Endpoint[] {
  return [...usual.map((path) => endpointAt(path)), ...endpointsOfUsers(runRoot)]
}

/** Rootless Podman and Docker. */
function endpointsOfUsers(runRoot: string): Endpoint[] {
  return usersIn(runRoot)
    .filter((name) => /^\d+$/.test(name))
    .slice(0, maxUsers)
    .flatMap((uid) =>
      ['podman/podman.sock', 'docker.sock'].map((end) => `${runRoot}/${uid}/${end}`),
    )
    .map((path) => endpointAt(path, true))
}

function usersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
