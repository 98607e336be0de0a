import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  engineRequirements,
  findStaticBusybox,
  unpackedCommandFolders,
} from '../../tools/bootstrap/requirements.js'
import type { Namespace } from './netns.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
let made = 0

/** With what was only unpacked, and with the folders that a root shell may lack. */
export const enginePath = [
  process.env['PATH'],
  '/usr/sbin',
  '/sbin',
  ...unpackedCommandFolders(root),
].join(':')

/** Whether real containers can be run here; says so loudly if not. */
export function enginesAreThere(): boolean {
  const missing = engineRequirements(root).filter(({ find }) => find() === undefined)
  if (missing.length === 0 && process.getuid?.() === 0) return true
  const why = missing.map(({ name }) => name).join(', ') || 'root'
  process.stderr.write(
    `\n!!! SKIPPED: NOTHING is tested with real containers, without ${why} !!!\n\n`,
  )
  return false
}

const ownPrefix = 'nettracer-engine-'

export interface EngineRoom {
  readonly folder: string
  /** Name of its network namespace. */
  readonly namespace: string
  /** It goes with the engine. */
  readonly ownsNamespace: boolean
}

/** A folder, and a network namespace with loopback up unless one is given, that go with the engine. */
export function engineRoom(name: string, namespace?: Pick<Namespace, 'name'>): EngineRoom {
  const folder = mkdtempSync(join(tmpdir(), `nettracer-${name}-`))
  if (namespace !== undefined) return { folder, namespace: namespace.name, ownsNamespace: false }
  const own = `${ownPrefix}${process.pid}-${made++}`
  execFileSync('ip', ['netns', 'add', own])
  execFileSync('ip', ['-n', own, 'link', 'set', 'lo', 'up'])
  return { folder, namespace: own, ownsNamespace: true }
}

const applets = ['sh', 'cat', 'echo', 'ip', 'nc', 'wget', 'httpd', 'sleep', 'true', 'printf', 'yes']

/** A tar file of a root folder with busybox and nothing else. */
export function busyboxImage(folder: string): Buffer {
  const busybox = findStaticBusybox(root)
  if (busybox === undefined) throw new Error('no busybox-static')
  const rootfs = join(folder, 'rootfs')
  if (statSync(rootfs, { throwIfNoEntry: false }) === undefined) {
    for (const inside of ['bin', 'tmp', 'etc', 'proc', 'sys', 'dev']) {
      mkdirSync(join(rootfs, inside), { recursive: true })
    }
    copyFileSync(busybox, join(rootfs, 'bin/busybox'))
    for (const applet of applets) symlinkSync('busybox', join(rootfs, 'bin', applet))
  }
  return execFileSync('tar', ['-C', rootfs, '-cf', '-', '.'], { maxBuffer: 64 << 20 })
}

/** Removes what {@link engineRoom} made. What an engine left to itself may still mount and write there for a moment. */
export async function clearEngineRoom({
  folder,
  namespace,
  ownsNamespace,
}: EngineRoom): Promise<void> {
  for (let left = 20; left > 0; left -= 1) {
    unmountBelow(folder)
    try {
      rmSync(folder, { recursive: true, force: true })
      break
    } catch (error) {
      if (left === 1) throw error
      await sleep(250)
    }
  }
  if (ownsNamespace) runQuietly('ip', 'netns', 'delete', namespace)
}

function unmountBelow(folder: string): void {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${folder}/`))
  for (const path of mounts.toReversed()) runQuietly('umount', '-l', path)
}

function runQuietly(command: string, ...args: string[]): void {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
  } catch {
    // It is gone already.
  }
}
