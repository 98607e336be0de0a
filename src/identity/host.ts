import { hostname } from 'node:os'
import type { Attributes } from '@opentelemetry/api'
import type { HostFacts } from '../shared/host-facts.ts'
import { BoundedFiles } from './files.ts'

/** Where the host's own files are: other places where the agent runs in a container. */
export interface HostRoots {
  /** Default `/proc`. */
  readonly procRoot?: string
  /** Default `/etc`. */
  readonly etcRoot?: string
  /** Default `/var/lib/dbus`: where old systems keep the machine id. */
  readonly dbusRoot?: string
}

/** Node's words for architectures, where OpenTelemetry has others. */
const architectures = new Map([
  ['x64', 'amd64'],
  ['arm', 'arm32'],
  ['ia32', 'x86'],
])

/** Reads what this machine calls itself. Nothing is invented: what cannot be read is absent. */
export function readHost(roots: HostRoots = {}): HostFacts {
  const { procRoot = '/proc', etcRoot = '/etc', dbusRoot = '/var/lib/dbus' } = roots
  const files = new BoundedFiles()
  const id =
    machineId(files.text(`${etcRoot}/machine-id`, 256)) ??
    machineId(files.text(`${dbusRoot}/machine-id`, 256))
  return {
    attributes: {
      ...(id === undefined ? {} : { 'host.id': id }),
      'host.name': hostName(files, procRoot),
      'host.arch': architectures.get(process.arch) ?? process.arch,
      'os.type': 'linux',
    },
    system: readSystem(files, etcRoot),
  }
}

function hostName(files: BoundedFiles, procRoot: string): string {
  const name = files.text(`${procRoot}/sys/kernel/hostname`, 256)?.trim() ?? ''
  return name === '' ? hostname() : name
}

/** 32 hexadecimal digits; an image that was never booted says `uninitialized`. */
function machineId(text: string | undefined): string | undefined {
  const id = text?.trim().toLowerCase()
  return id !== undefined && /^[0-9a-f]{32}$/.test(id) && !/^0+$/.test(id) ? id : undefined
}

function readSystem(files: BoundedFiles, etcRoot: string): Attributes {
  const release = files.text(`${etcRoot}/os-release`, 16 * 1024) ?? ''
  const description = releaseValue(release, 'PRETTY_NAME')
  const version = releaseValue(release, 'VERSION_ID')
  return {
    ...(description === undefined ? {} : { 'os.description': description }),
    ...(version === undefined ? {} : { 'os.version': version }),
  }
}

function releaseValue(release: string, key: string): string | undefined {
  const found = new RegExp(`^${key}=(["']?)(.*)\\1$`, 'm').exec(release)
  return found?.[2] === '' ? undefined : found?.[2]
}
