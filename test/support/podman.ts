import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startOrClear } from './docker.ts'
import { Engine } from './engine.ts'
import { engineRoom } from './engine-room.ts'
import type { Namespace } from './netns.ts'

/** runc, since crun refuses hybrid control groups; limits that need no CAP_SYS_RESOURCE. */
const containersConf = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
`

/**
 * Podman's API service in a folder and a network namespace of its own. Networks of containers: `host` and `none`.
 * The caller disposes of it.
 *
 * @param namespace by default one of its own
 */
export async function startPodman(namespace?: Pick<Namespace, 'name'>): Promise<Engine> {
  const room = engineRoom('podman', namespace)
  const inFolder = (name: string) => join(room.folder, name)
  writeFileSync(inFolder('containers.conf'), containersConf)
  mkdirSync(inFolder('.config/containers'), { recursive: true })
  const policy = { default: [{ type: 'insecureAcceptAnything' }] }
  writeFileSync(inFolder('.config/containers/policy.json'), JSON.stringify(policy))
  const storage = ['--root', inFolder('root'), '--runroot', inFolder('run')]
  const engine = new Engine({
    name: 'podman',
    ...room,
    command: [
      ...['podman', ...storage, '--tmpdir', inFolder('tmp'), 'system', 'service', '--time=0'],
      `unix://${inFolder('podman.sock')}`,
    ],
    env: { CONTAINERS_CONF: inFolder('containers.conf') },
  })
  await startOrClear(engine)
  return engine
}
