import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writevSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AgentBuild, agentBuild } from './agent-build.ts'
import { Cpio } from './cpio.ts'
import type { KernelImage } from './kernel-images.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const guest = fileURLToPath(new URL('guest', import.meta.url))
/** A module comes after those that it needs. */
const modules = ['inet_diag', 'tcp_diag', 'udp_diag']
const notInGuest = /\.(map|d\.ts|d\.cts|d\.mts|md|proto)$/

/** Writes the guest's file system: busybox, Node, the agent as it was built, the scenario, modules. @throws NotToBeHad */
export function writeGuestFiles(path: string, image: KernelImage): void {
  const archive = new Cpio()
  const build = agentBuild(image.architecture)
  archive.file('/init', readFileSync(join(guest, 'init.sh')), 0o755)
  archive.file('/bin/busybox', readFileSync(image.busybox), 0o755)
  archive.folder('/root')
  archive.file('/bin/node', readFileSync(build.node), 0o755)
  for (const [to, from] of build.libraries) {
    archive.file(to, readFileSync(realpathSync(from)), 0o755)
  }
  addFolder(archive, guest, '/guest')
  addAgent(archive, build)
  addModules(archive, image)
  addHost(archive)

  const file = openSync(path, 'w')
  for (const part of archive.finish()) writevSync(file, [part])
  closeSync(file)
}

function addHost(archive: Cpio): void {
  archive.file('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n')
  archive.file('/etc/hosts', '127.0.0.1 localhost\n::1 localhost\n')
  archive.file('/etc/machine-id', '0123456789abcdef0123456789abcdef\n')
}

function addAgent(archive: Cpio, build: AgentBuild): void {
  for (const folder of ['dist', 'config']) {
    addFolder(archive, join(root, folder), `/nettracer/${folder}`)
  }
  archive.file('/nettracer/package.json', readFileSync(join(root, 'package.json')))
  for (const file of ['nettracer.node', 'nettracer.bpf.o']) {
    archive.file(`/nettracer/build/${file}`, readFileSync(join(build.folder, file)), 0o755)
  }
  for (const name of neededPackages()) {
    addFolder(archive, join(root, name), `/nettracer/${name}`)
  }
}

/** Folders of the packages that the agent needs when it runs, by the lock file. */
function neededPackages(): string[] {
  const lock: { packages: Record<string, { dev?: boolean; optional?: boolean }> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  )
  return Object.entries(lock.packages)
    .filter(([name, { dev, optional }]) => name !== '' && !dev && !optional)
    .map(([name]) => name)
    .filter((name) => !name.startsWith('node_modules/@types/'))
}

function addFolder(archive: Cpio, from: string, to: string): void {
  for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    const path = join(from, name)
    if (statSync(path).isFile() && !notInGuest.test(name)) {
      archive.file(`${to}/${name}`, readFileSync(path))
    }
  }
}

function addModules(archive: Cpio, { modules: folder }: KernelImage): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const found = modules.flatMap((name) => files.filter((file) => file.includes(`/${name}.ko`)))
  for (const file of found)
    archive.file(`/modules/${nameOf(file)}`, readFileSync(join(folder, file)))
  archive.file('/modules/order', `${found.map(nameOf).join('\n')}\n`)
}

const nameOf = (file: string): string => file.replace(/^.*\//, '')
