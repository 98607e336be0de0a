// What a machine must have to build and to test, found by looking at files: no program is run, so a
// second start costs next to nothing. `packages` are Debian's and Ubuntu's names, the first known one
// is taken.

import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
} from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {{ name: string, packages: readonly string[], find: () => string | undefined, onlyUnpack?: boolean }} Requirement
 * `onlyUnpack`: the package would start a server, so it is unpacked under build/ and not installed
 */

const oldestClang = 14
const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'
const libraries = `/usr/lib/${triplet}`

/** @param {string} path */
const file = (path) => () => (existsSync(path) ? path : undefined)

/** Folders of commands; a root shell may lack those of system commands. */
const commandFolders = [
  ...new Set([...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/bin', '/sbin', '/bin']),
].filter((folder) => folder.startsWith('/'))

/** @param {string} name */
function findCommand(name) {
  return commandFolders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** @param {string} folder */
function entries(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** The formatter's own version, then the newest. */
export function findClang(names = entries('/usr/bin'), plain = findCommand('clang')) {
  const versions = names
    .map((name) => Number(/^clang-(\d+)$/.exec(name)?.[1] ?? 0))
    .filter((version) => version >= oldestClang)
  const version = versions.includes(19) ? 19 : Math.max(0, ...versions)
  if (version > 0) return `/usr/bin/clang-${version}`
  if (plain === undefined) return undefined
  return Number(/llvm-(\d+)/.exec(realpathSync(plain))?.[1] ?? 0) >= oldestClang ? plain : undefined
}

/** Ubuntu's bpftool in PATH is a script that refuses kernels other than its own; the program lies elsewhere. */
export function findBpftool() {
  const ofUbuntu = entries('/usr/lib')
    .filter((name) => name.startsWith('linux-tools'))
    .flatMap((name) => [
      join('/usr/lib', name, 'bpftool'),
      ...entries(join('/usr/lib', name)).map((inner) => join('/usr/lib', name, inner, 'bpftool')),
    ])
  const inPath = findCommand('bpftool')
  return [...ofUbuntu, ...(inPath === undefined ? [] : [inPath])].find(isProgram)
}

/** @param {string} path */
function isProgram(path) {
  if (!existsSync(path)) return false
  const descriptor = openSync(path, 'r')
  const magic = Buffer.alloc(4)
  readSync(descriptor, magic)
  closeSync(descriptor)
  return magic.equals(Buffer.from('\x7fELF', 'latin1'))
}

/** libelf of 2023 and later reads sections packed with zstd. */
function needsZstd() {
  const libelf = `${libraries}/libelf.a`
  return existsSync(libelf) && readFileSync(libelf).includes('ZSTD_')
}

/** @returns {Requirement[]} */
export function buildRequirements() {
  const zstd = { name: 'libzstd', packages: ['libzstd-dev'], find: file(`${libraries}/libzstd.a`) }
  return [
    {
      name: `clang ${oldestClang} or newer`,
      packages: ['clang-19', 'clang'],
      find: () => findClang(),
    },
    { name: 'bpftool', packages: ['bpftool', 'linux-tools-generic'], find: findBpftool },
    { name: 'g++', packages: ['g++'], find: () => findCommand('g++') },
    { name: 'make', packages: ['make'], find: () => findCommand('make') },
    { name: 'libbpf', packages: ['libbpf-dev'], find: file(`${libraries}/libbpf.a`) },
    { name: 'libelf', packages: ['libelf-dev'], find: file(`${libraries}/libelf.a`) },
    { name: 'zlib', packages: ['zlib1g-dev'], find: file(`${libraries}/libz.a`) },
    ...(needsZstd() ? [zstd] : []),
  ]
}

/**
 * @param {string} name
 * @param {string} packageName
 * @returns {Requirement}
 */
function command(name, packageName) {
  return { name, packages: [packageName], find: () => findCommand(name) }
}

/**
 * @param {string} root
 * @returns {Requirement[]}
 */
export function testRequirements(root) {
  return [
    command('ip', 'iproute2'),
    command('iperf3', 'iperf3'),
    command('nft', 'nftables'),
    command('iptables-nft', 'iptables'),
    command('python3', 'python3'),
    command('ethtool', 'ethtool'),
    command('openssl', 'openssl'),
    command('ps', 'procps'),
    command('tmux', 'tmux'),
    command('tcpdump', 'tcpdump'),
    command('setpriv', 'util-linux'),
    command('redis-cli', 'redis-tools'),
    command('systemd-analyze', 'systemd'),
    command('dnsmasq', 'dnsmasq-base'),
    command('dig', 'bind9-dnsutils'),
    command('curl', 'curl'),
    {
      name: 'PostgreSQL',
      packages: ['postgresql-15', 'postgresql-16', 'postgresql-17'],
      find: () => findPostgresql(root),
      onlyUnpack: true,
    },
    {
      name: 'the schema of compose files',
      packages: ['docker-compose'],
      find: () => findComposeSchema(root),
      onlyUnpack: true,
    },
    {
      name: 'prometheus',
      packages: ['prometheus'],
      find: () =>
        findCommand('prometheus') ?? file(join(unpackFolder(root), 'usr/bin/prometheus'))(),
      onlyUnpack: true,
    },
  ]
}

/**
 * Of the specification that Docker Compose ships.
 * @param {string} root
 */
export function findComposeSchema(root) {
  const path = 'usr/lib/python3/dist-packages/compose/config/compose_spec.json'
  return ['/', unpackFolder(root)].map((top) => join(top, path)).find((one) => existsSync(one))
}

/**
 * The folder of the programs of the newest PostgreSQL, installed or unpacked.
 * @param {string} root
 */
export function findPostgresql(root) {
  const inside = 'usr/lib/postgresql'
  return ['/', unpackFolder(root)]
    .map((top) => join(top, inside))
    .flatMap((folder) =>
      entries(folder)
        .toSorted((a, b) => Number(b) - Number(a))
        .map((version) => join(folder, version, 'bin')),
    )
    .find((bin) => ['postgres', 'initdb', 'pgbench'].every((name) => existsSync(join(bin, name))))
}

/**
 * What runs real containers in tests. Engines would start their servers, and change the host's network, if they were
 * installed.
 * @param {string} root
 * @returns {Requirement[]}
 */
export function engineRequirements(root) {
  /** @param {string} name @param {string} packageName */
  const unpacked = (name, packageName) => ({
    name,
    packages: [packageName],
    find: () => findUnpacked(root, name),
    onlyUnpack: true,
  })
  return [
    unpacked('dockerd', 'docker.io'),
    unpacked('containerd', 'containerd'),
    unpacked('podman', 'podman'),
    {
      name: 'busybox-static',
      packages: ['busybox-static'],
      find: () => findStaticBusybox(root),
      onlyUnpack: true,
    },
    command('runc', 'runc'),
    command('conmon', 'conmon'),
    command('iptables', 'iptables'),
  ]
}

/**
 * A command, installed or unpacked.
 * @param {string} root
 * @param {string} name
 */
function findUnpacked(root, name) {
  return (
    findCommand(name) ??
    unpackedCommandFolders(root)
      .map((folder) => join(folder, name))
      .find((path) => existsSync(path))
  )
}

/**
 * The busybox that needs no library: the only program of a container.
 * @param {string} root
 */
export function findStaticBusybox(root) {
  const unpacked = unpackedCommandFolders(root).map((folder) => join(folder, 'busybox'))
  const installed = existsSync('/usr/share/doc/busybox-static') ? findCommand('busybox') : undefined
  return installed ?? unpacked.find((path) => existsSync(path))
}

/**
 * Folders of commands of what is unpacked.
 * @param {string} root
 */
export function unpackedCommandFolders(root) {
  return ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map((folder) => join(unpackFolder(root), folder))
}

/** What boots other kernels. @returns {Requirement[]} */
export function emulatorRequirements() {
  return [
    process.arch === 'arm64'
      ? command('qemu-system-aarch64', 'qemu-system-arm')
      : command('qemu-system-x86_64', 'qemu-system-x86'),
  ]
}

/** What builds for arm64 on another machine, and boots its kernels. @returns {Requirement[]} */
export function arm64Requirements() {
  return [
    command('qemu-system-aarch64', 'qemu-system-arm'),
    command('aarch64-linux-gnu-g++', 'g++-aarch64-linux-gnu'),
  ]
}

/** @returns {Requirement[]} */
export function checkRequirements() {
  return [command('clang-format-19', 'clang-format-19')]
}

/**
 * Where packages are unpacked that would start a server if they were installed.
 * @param {string} root
 */
export function unpackFolder(root) {
  return join(root, 'build/unpacked')
}
