import { join } from 'node:path'
import { Engine } from './engine.ts'
import { engineRoom } from './engine-room.ts'
import type { Namespace } from './netns.ts'

export interface DockerSettings {
  /** Where the daemon and its bridge are; by default a namespace of its own. It must outlive the daemon. */
  readonly namespace?: Pick<Namespace, 'name'>
  /** Address of the bridge `docker0`, a /24. `none`: no bridge, and no iptables. Default 10.77.0.1. */
  readonly bridge?: string
  /** Whether `docker-proxy` copies bytes for published ports. Default true, as Docker's own. */
  readonly userlandProxy?: boolean
  /** Whether containers outlive the daemon. Default false. */
  readonly liveRestore?: boolean
}

/**
 * A Docker daemon in a folder and a network namespace of its own: the host's iptables are not touched. The caller disposes of it
 * (`afterAll(() => docker[Symbol.asyncDispose]())` or `await using`).
 */
export async function startDocker(settings: DockerSettings = {}): Promise<Engine> {
  const { bridge = '10.77.0.1', userlandProxy = true, liveRestore = false } = settings
  const room = engineRoom('docker', settings.namespace)
  const inFolder = (name: string) => join(room.folder, name)
  const network =
    bridge === 'none'
      ? ['--bridge=none', '--iptables=false']
      : ['--bip', `${bridge}/24`, '--fixed-cidr', `${bridge.replace(/\d+$/, '0')}/24`]
  const engine = new Engine({
    name: 'docker',
    ...room,
    command: [
      ...['dockerd', '-H', `unix://${inFolder('docker.sock')}`, '-p', inFolder('dockerd.pid')],
      ...['--data-root', inFolder('data'), '--exec-root', inFolder('exec')],
      ...['--ip6tables=false', `--userland-proxy=${userlandProxy}`, ...network],
      ...(liveRestore ? ['--live-restore'] : []),
    ],
  })
  await startOrClear(engine)
  return engine
}

/** @throws what kept it from starting, with nothing left behind */
export async function startOrClear(engine: Engine): Promise<void> {
  try {
    await engine.start()
  } catch (error) {
    await engine[Symbol.asyncDispose]().catch(() => {})
    throw error
  }
}
