import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A kernel to boot. */
export interface KernelImage {
  /** `6.1.0-56-cloud-amd64` */
  readonly release: string
  readonly kernel: string
  readonly modules: string
  readonly busybox: string
}

/** Debian's releases that have the kernels of `kernelSeries`, all of them on one mirror. */
const suites = ['bullseye', 'bookworm', 'trixie']
const folder = fileURLToPath(new URL('../../build/kernels', import.meta.url))
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'

/** What could not be had, for a loud line. */
export class NotToBeHad extends Error {}

/**
 * Debian's newest cloud kernel of a series such as `6.1`, from build/kernels or else from the machine's mirror.
 * @throws NotToBeHad
 */
export function kernelImage(series: string): KernelImage {
  const busybox = unpacked('busybox', () => 'busybox-static')
  const own = unpacked(series, () => newestKernel(series))
  const [name] = readdirSync(join(own, 'boot')).filter((file) => file.startsWith('vmlinuz-'))
  if (name === undefined) throw new NotToBeHad(`the package of Linux ${series} has no kernel`)
  const release = name.replace('vmlinuz-', '')
  return {
    release,
    kernel: join(own, 'boot', name),
    modules: join(
      own,
      existsSync(join(own, 'lib/modules')) ? 'lib/modules' : 'usr/lib/modules',
      release,
    ),
    busybox: join(busybox, existsSync(join(busybox, 'bin')) ? 'bin/busybox' : 'usr/bin/busybox'),
  }
}

/** @returns the folder that a package is unpacked in, complete or not there at all */
function unpacked(name: string, findPackage: () => string): string {
  const target = join(folder, `${name}-${architecture}`)
  if (existsSync(target)) return target
  refreshLists()
  const next = `${target}.next`
  rmSync(next, { recursive: true, force: true })
  mkdirSync(next, { recursive: true })
  run('apt-get', [...aptOptions(), 'download', findPackage()], next)
  const [file = ''] = readdirSync(next)
  run('dpkg-deb', ['-x', file, '.'], next)
  rmSync(join(next, file))
  renameSync(next, target)
  return target
}

function newestKernel(series: string): string {
  const pattern = `^linux-image-${series.replace('.', String.raw`\.`)}\\.[0-9].*-cloud-${architecture}$`
  const names = run('apt-cache', [...aptOptions(), 'search', '--names-only', pattern])
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    // Backports to an older release have other packages and no other kernel.
    .filter((name) => name !== '' && !name.includes('deb11') && !name.includes('bpo'))
  const newest = names
    .toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .at(-1)
  if (newest === undefined) throw new NotToBeHad(`the mirror has no kernel ${series}`)
  return newest
}

/** Lists of their own: the machine's package sources stay as they are. */
function aptOptions(): string[] {
  const own = (name: string, path: string): string[] => ['-o', `${name}=${join(folder, path)}`]
  return [
    ...own('Dir::Etc::sourcelist', 'apt/sources.list'),
    '-o',
    'Dir::Etc::sourceparts=-',
    ...own('Dir::State::lists', 'apt/lists'),
    ...own('Dir::Cache', 'apt/cache'),
    '-o',
    `APT::Architecture=${architecture}`,
    '-o',
    `APT::Architectures::=${architecture}`,
    '-o',
    'APT::Sandbox::User=',
    '-o',
    'Acquire::Languages=none',
    '-o',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    '-qq',
  ]
}

let isRefreshed = false

function refreshLists(): void {
  if (isRefreshed) return
  const sources = suites.flatMap((suite) => [
    `deb [signed-by=${keyring}] ${mirror('Debian')} ${suite} main`,
    `deb [signed-by=${keyring}] ${mirror('Debian-Security')} ${suite}-security main`,
  ])
  for (const part of ['apt/lists/partial', 'apt/cache/archives/partial']) {
    mkdirSync(join(folder, part), { recursive: true })
  }
  writeFileSync(join(folder, 'apt/sources.list'), `${sources.join('\n')}\n`)
  // A release that left the mirror is an error; the others are there all the same.
  spawnSync('apt-get', [...aptOptions(), 'update'])
  isRefreshed = true
}

/** Where this machine has Debian's packages from. */
function mirror(label: 'Debian' | 'Debian-Security'): string {
  const targets = run('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
    `Label: ${label}`,
  ])
  const [first] = targets.split('\n')
  if (!first) throw new NotToBeHad(`no package source of ${label} is configured here`)
  return first
}

function run(command: string, args: readonly string[], cwd?: string): string {
  const { stdout, stderr, status, error } = spawnSync(command, args, {
    encoding: 'utf8',
    ...(cwd === undefined ? {} : { cwd }),
  })
  if (error) throw new NotToBeHad(`${command}: ${error.message}`)
  if (status !== 0) throw new NotToBeHad(`${command} ${args.at(-1) ?? ''}: ${stderr.trim()}`)
  return stdout
}
