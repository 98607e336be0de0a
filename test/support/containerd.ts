import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client, credentials } from '@grpc/grpc-js'
import { decodeCri, encodeCri } from './cri-messages.ts'
import { EngineProcess } from './engine-process.ts'
import {
  busyboxImage,
  clearEngineRoom,
  type EngineRoom,
  enginePath,
  engineRoom,
} from './engine-room.ts'
import type { Namespace } from './netns.ts'

const run = promisify(execFile)

export interface CriContainerSettings {
  readonly name: string
  readonly command: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  /** `/kubepods/burstable/pod<uid>` */
  readonly cgroupParent?: string
  readonly env?: Readonly<Record<string, string>>
  /** Whether the containers of its pod have one pid namespace. Default: as Kubernetes has it, no. */
  readonly sharesPids?: boolean
}

/** What containerd itself says of a container. */
export interface CriStatus {
  readonly id: string
  readonly metadata: { readonly name: string }
  readonly image: { readonly image: string }
  readonly labels: Readonly<Record<string, string>>
  readonly state: number
}

/** A containerd with the Container Runtime Interface. Its pods are in the engine's own network namespace. */
export class Containerd {
  readonly socket: string
  readonly #room: EngineRoom
  readonly #process: EngineProcess
  readonly #client: Client

  constructor(room: EngineRoom) {
    const inFolder = (name: string) => join(room.folder, name)
    this.#room = room
    this.socket = inFolder('containerd.sock')
    writeFileSync(inFolder('config.toml'), configToml(room.folder))
    this.#process = new EngineProcess({
      ...room,
      name: 'containerd',
      command: ['containerd', '-c', inFolder('config.toml')],
      isReady: () => this.version().then(Boolean),
    })
    this.#client = new Client(`unix://${this.socket}`, credentials.createInsecure())
  }

  start(): Promise<void> {
    return this.#process.start()
  }

  stop(signal?: NodeJS.Signals): Promise<void> {
    return this.#process.stop(signal)
  }

  version(): Promise<{ runtimeName: string; runtimeVersion: string }> {
    return this.#ask('Version', 'VersionRequest', {}, 'VersionResponse')
  }

  /** Makes an image of busybox that can be a pod's first container too. */
  async importImage(name: string): Promise<void> {
    const { folder } = this.#room
    const image = join(folder, 'image')
    mkdirSync(image, { recursive: true })
    const layer = busyboxImage(folder)
    const config = {
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      // With its name, so that no two images are the same one.
      config: { Cmd: ['/bin/sleep', '3600'], Labels: { name } },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }
    const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }]
    writeFileSync(join(image, 'layer.tar'), layer)
    writeFileSync(join(image, 'config.json'), JSON.stringify(config))
    writeFileSync(join(image, 'manifest.json'), JSON.stringify(manifest))
    await run('tar', ['-C', image, '-cf', `${image}.tar`, '.'])
    const ctr = ['-a', this.socket, '-n', 'k8s.io', 'images', 'import', `${image}.tar`]
    await run('ctr', ctr, { env: { PATH: enginePath } })
  }

  /** @returns its id; it runs, alone in a pod of its own in the host's network */
  async run(image: string, settings: CriContainerSettings): Promise<string> {
    const podSandboxId = await this.runPod(settings)
    return this.runIn(podSandboxId, image, settings)
  }

  async runPod({ name, cgroupParent }: CriContainerSettings): Promise<string> {
    const { podSandboxId } = await this.#ask<{ podSandboxId: string }>(
      'RunPodSandbox',
      'RunPodSandboxRequest',
      { config: podConfig(name, cgroupParent) },
      'RunPodSandboxResponse',
    )
    return podSandboxId
  }

  async runIn(
    podSandboxId: string,
    image: string,
    settings: CriContainerSettings,
  ): Promise<string> {
    const { name, command, labels = {}, env = {}, cgroupParent, sharesPids = false } = settings
    const namespaceOptions = { network: inNodesNamespace, pid: sharesPids ? 0 : 1 }
    const config = {
      metadata: { name },
      image: { image },
      command: [...command],
      envs: Object.entries(env).map(([key, value]) => ({ key, value })),
      labels,
      linux: { securityContext: { namespaceOptions } },
    }
    const { containerId } = await this.#ask<{ containerId: string }>(
      'CreateContainer',
      'CreateContainerRequest',
      { podSandboxId, config, sandboxConfig: podConfig(name, cgroupParent) },
      'CreateContainerResponse',
    )
    await this.#ask('StartContainer', 'ContainerIdRequest', { containerId }, 'Empty')
    return containerId
  }

  async status(containerId: string): Promise<CriStatus> {
    const { status } = await this.#ask<{ status: CriStatus }>(
      'ContainerStatus',
      'ContainerIdRequest',
      { containerId },
      'ContainerStatusResponse',
    )
    return status
  }

  /** The first process of a container, as the host sees it: by containerd's own command. */
  async pidOf(containerId: string): Promise<number> {
    const ctr = ['-a', this.socket, '-n', 'k8s.io', 'tasks', 'list']
    const { stdout } = await run('ctr', ctr, { env: { PATH: enginePath } })
    const line = stdout.split('\n').find((one) => one.startsWith(containerId))
    return Number(line?.split(/\s+/)[1])
  }

  async removePods(): Promise<void> {
    const { items } = await this.#ask<{ items: { id: string }[] }>(
      'ListPodSandbox',
      'Empty',
      {},
      'ListPodSandboxResponse',
    )
    for (const { id: podSandboxId } of items) {
      await this.#ask('StopPodSandbox', 'PodSandboxIdRequest', { podSandboxId }, 'Empty')
      await this.#ask('RemovePodSandbox', 'PodSandboxIdRequest', { podSandboxId }, 'Empty')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.start()
      await this.removePods()
    } finally {
      this.#client.close()
      await this.stop()
      await clearEngineRoom(this.#room)
    }
  }

  async #ask<T>(method: string, type: string, message: object, answer: string): Promise<T> {
    return decodeCri(answer, await this.#raw(method, encodeCri(type, message)))
  }

  #raw(method: string, request: Buffer): Promise<Buffer> {
    const asBytes = (bytes: Buffer) => bytes
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        `/runtime.v1.RuntimeService/${method}`,
        asBytes,
        asBytes,
        request,
        (error, bytes) => (error ? reject(error) : resolve(bytes ?? Buffer.alloc(0))),
      )
    })
  }
}

/** The caller disposes of it. @param namespace by default one of its own */
export async function startContainerd(namespace?: Pick<Namespace, 'name'>): Promise<Containerd> {
  const containerd = new Containerd(engineRoom('containerd', namespace))
  try {
    await containerd.start()
  } catch (error) {
    await containerd[Symbol.asyncDispose]().catch(() => {})
    throw error
  }
  return containerd
}

export const pauseImage = 'registry.test:5000/pause:1'
let made = 0
const inNodesNamespace = 2

function podConfig(name: string, cgroupParent = ''): object {
  made += 1
  return {
    metadata: { name: `${name}-pod-${made}`, uid: String(made), namespace: 'default' },
    linux: {
      cgroupParent,
      securityContext: {
        namespaceOptions: { network: inNodesNamespace, pid: 1 },
      },
    },
  }
}

function configToml(folder: string): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"'
  return `version = 2
root = "${folder}/root"
state = "${folder}/state"
[grpc]
  address = "${folder}/containerd.sock"
[ttrpc]
  address = "${folder}/containerd.sock.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
[${cri}]
  sandbox_image = "${pauseImage}"
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [${cri}.cni]
    bin_dir = "${folder}/cni"
    conf_dir = "${folder}/cni"
`
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
