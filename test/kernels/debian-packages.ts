import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Architecture } from './architectures.ts'

/** Debian's releases that have the kernels of the tests, all of them on one mirror. */
const suites = ['bullseye', 'bookworm', 'trixie']
const folder = fileURLToPath(new URL('../../build/kernels', import.meta.url))
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** What could not be had, for a loud line. */
export class NotToBeHad extends Error {}

/** Packages of one architecture from the machine's mirror, unpacked under build/kernels and never installed. */
export class DebianPackages {
  readonly architecture: Architecture
  #isRefreshed = false

  constructor(architecture: Architecture) {
    this.architecture = architecture
  }

  /**
   * @param name of the folder
   * @param find names of packages, asked for only if they are not there yet
   * @returns the folder that they are unpacked in, complete or not there at all
   * @throws NotToBeHad
   */
  unpacked(name: string, find: () => readonly string[]): string {
    const target = join(folder, `${name}-${this.architecture}`)
    if (existsSync(target)) return target
    this.#refreshLists()
    const next = `${target}.next`
    rmSync(next, { recursive: true, force: true })
    mkdirSync(next, { recursive: true })
    run('apt-get', [...this.#options(), 'download', ...find()], next)
    for (const file of readdirSync(next).filter((one) => one.endsWith('.deb'))) {
      run('dpkg-deb', ['-x', file, '.'], next)
      rmSync(join(next, file))
    }
    renameSync(next, target)
    return target
  }

  /** Names of packages that match, from the lists that {@link unpacked} has. */
  search(pattern: string): string[] {
    return run('apt-cache', [...this.#options(), 'search', '--names-only', pattern])
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '')
      .filter((name) => name !== '')
  }

  get #apt(): string {
    return join(folder, `apt-${this.architecture}`)
  }

  /** Lists of their own: the machine's package sources stay as they are. */
  #options(): string[] {
    const settings = {
      'Dir::Etc::sourcelist': join(this.#apt, 'sources.list'),
      'Dir::Etc::sourceparts': '-',
      'Dir::State::lists': join(this.#apt, 'lists'),
      'Dir::Cache': join(this.#apt, 'cache'),
      'APT::Architecture': this.architecture,
      'APT::Architectures::': this.architecture,
      'APT::Sandbox::User': '',
      'Acquire::Languages': 'none',
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    }
    return [...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]), '-qq']
  }

  #refreshLists(): void {
    if (this.#isRefreshed) return
    const sources = suites.flatMap((suite) => [
      `deb [signed-by=${keyring}] ${mirror('Debian')} ${suite} main`,
      `deb [signed-by=${keyring}] ${mirror('Debian-Security')} ${suite}-security main`,
    ])
    for (const part of ['lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(this.#apt, part), { recursive: true })
    }
    writeFileSync(join(this.#apt, 'sources.list'), `${sources.join('\n')}\n`)
    // A release that left the mirror is an error; the others are there all the same.
    spawnSync('apt-get', [...this.#options(), 'update'])
    this.#isRefreshed = true
  }
}

/** Of this machine, such as `bookworm`. @throws NotToBeHad if its compilers are not of {@link suites} */
export function ownSuite(): string {
  const [, name = ''] =
    /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? []
  if (!suites.includes(name)) throw new NotToBeHad(`this machine is none of ${suites.join(', ')}`)
  return name
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

/** @returns what the command said. @throws NotToBeHad if it failed */
export function run(command: string, args: readonly string[], cwd?: string): string {
  const { stdout, stderr, status, error } = spawnSync(command, args, {
    encoding: 'utf8',
    ...(cwd === undefined ? {} : { cwd }),
  })
  if (error) throw new NotToBeHad(`${command}: ${error.message}`)
  if (status !== 0) throw new NotToBeHad(`${command} ${args.at(-1) ?? ''}: ${stderr.trim()}`)
  return stdout
}
