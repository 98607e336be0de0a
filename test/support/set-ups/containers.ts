import { readFileSync, readlinkSync } from 'node:fs'
import { until } from '../agent.ts'
import type { ContainerSettings, Engine } from '../engine.ts'
import { type Attributes, ownResource } from './expected.ts'
import type { SetUp } from './set-up.ts'
import { image, imageReference, type World } from './world.ts'

/** Its first process connects, sends something and stays. */
export const dialler = (port: number, address = '127.0.0.1'): string[] => [
  '/bin/sh',
  '-c',
  `exec ${dialCommand(port, address)}`,
]

/** A child of its first process does. */
export const dialParent = (port: number): string[] => [
  '/bin/sh',
  '-c',
  `(${dialCommand(port, '127.0.0.1')}) & /bin/sleep 3600`,
]

// It reads once, sends that, and waits.
const dialCommand = (port: number, address: string): string =>
  `/bin/nc -i 3600 ${address} ${port} < /dev/zero`

/** The child of a container's first process that connects. */
export async function dialChildOf(pid: number): Promise<number> {
  let found = 0
  await until('the process that connects', () => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    found = Number(children.find((one) => isDialler(one)) ?? 0)
    return found > 0
  })
  return found
}

function isDialler(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('/bin/nc\0')
  } catch {
    return false
  }
}

/** What every container of the image says. */
export const imageAttributes: Attributes = {
  'container.image.name': image.name,
  'container.image.tags': `[stringValue:${image.tag}]`,
  'service.version': image.tag,
}

/** The engine's own program, which starts the container's, has gone. @returns the same */
export async function begun(pid: number): Promise<number> {
  await until('the program of a container', () =>
    readlinkSync(`/proc/${pid}/exe`).startsWith('/bin/'),
  )
  return pid
}

/** Starts a container. @returns its first process, and what its engine says of it */
export async function startIn(engine: Engine, settings: ContainerSettings) {
  const { Id, Name, State } = await engine.inspect(await engine.run(settings))
  const name = Name.slice(1)
  const told = { 'container.id': Id, 'container.name': name, ...imageAttributes }
  return { pid: await begun(State.Pid), id: Id, told, named: { ...told, 'service.name': name } }
}

/** Containers that are in no pod. */
export function containerSetUps({ docker, podman, containerd, bridge }: World): readonly SetUp[] {
  const shopEnvironment = {
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=eu',
  }
  const later = { isNamedLater: true } as const
  return [
    {
      name: 'a container of Docker, in a network of its own',
      ...later,
      start: async (port) => {
        const settings = { command: dialler(port, bridge), network: 'bridge' }
        const { pid, named } = await startIn(docker, settings)
        return [ownResource({ pid }, named)]
      },
    },
    {
      name: 'a service of Docker Compose',
      ...later,
      start: async (port) => {
        const labels = {
          'com.docker.compose.project': 'store',
          'com.docker.compose.service': 'cart',
          team: 'blue',
          secret: 'x',
        }
        const { pid, told } = await startIn(docker, { command: dialler(port), labels })
        const more = { 'service.name': 'cart', 'service.namespace': 'store' }
        return [ownResource({ pid }, { ...told, ...more, 'container.label.team': 'blue' })]
      },
    },
    {
      name: 'a container of Docker with a name in its environment',
      ...later,
      start: async (port) => {
        const settings = { command: dialler(port), env: shopEnvironment }
        const { pid, told } = await startIn(docker, settings)
        const more = { 'service.name': 'shop', 'service.namespace': 'eu' }
        return [ownResource({ pid }, { ...told, ...more })]
      },
    },
    {
      name: 'a process that is not the first of its container',
      ...later,
      start: async (port) => {
        const { pid, named } = await startIn(docker, { command: dialParent(port) })
        return [ownResource({ pid: await dialChildOf(pid) }, named)]
      },
    },
    {
      name: 'a container of Podman',
      ...later,
      start: async (port) => {
        const { pid, named } = await startIn(podman, { command: dialler(port) })
        return [ownResource({ pid }, named)]
      },
    },
    {
      name: 'a container of containerd',
      ...later,
      start: async (port) => {
        const settings = { name: 'lone', command: dialler(port) }
        const id = await containerd.run(imageReference, settings)
        const { metadata } = await containerd.status(id)
        const told = { 'container.id': id, 'container.name': metadata.name, ...imageAttributes }
        const pid = await begun(await containerd.pidOf(id))
        return [ownResource({ pid }, { ...told, 'service.name': metadata.name })]
      },
    },
  ]
}
