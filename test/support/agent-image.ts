import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main } from './agent.ts'
import type { Engine } from './engine.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const inside = 'opt/otel-nettracer'
/** `dist/` if it is up to date, else the sources: Node runs both. */
const program = relative(root, main)
const entrypoint = ['/usr/bin/node', '--max-semi-space-size=1', `/${inside}/${program}`]

interface LockedPackages {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>
}

/** Folders of the packages that the agent needs when it runs, of those that are installed. */
function neededPackages(): string[] {
  const lock: LockedPackages = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return (
    Object.entries(lock.packages)
      .filter(([path, { dev = false }]) => path.startsWith('node_modules/') && !dev)
      .map(([path]) => path)
      // Some are for other machines.
      .filter((path) => existsSync(join(root, path)))
  )
}

/** The libraries of Node, and the loader. */
function librariesOf(program: string): string[] {
  const said = execFileSync('ldd', [program], { encoding: 'utf8' })
  return [...said.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = '']) => path)
}

/**
 * Makes the image that examples/docker/Dockerfile would, from what is built here and nothing else.
 *
 * @param name with its tag
 */
export async function makeAgentImage(engine: Engine, name: string): Promise<void> {
  const rootfs = join(engine.folder, 'agent-rootfs')
  for (const folder of ['usr/bin', 'tmp', 'proc', 'sys', 'dev', 'etc', `${inside}/build`]) {
    mkdirSync(join(rootfs, folder), { recursive: true })
  }
  const node = realpathSync(process.execPath)
  copyFileSync(node, join(rootfs, 'usr/bin/node'))
  for (const library of librariesOf(node)) {
    mkdirSync(join(rootfs, dirname(library)), { recursive: true })
    copyFileSync(library, join(rootfs, library))
  }
  const files = [
    'package.json',
    'build/nettracer.node',
    'build/nettracer.bpf.o',
    program.split('/')[0] ?? '',
  ]
  for (const file of [...files, ...neededPackages()]) {
    cpSync(join(root, file), join(rootfs, inside, file), { recursive: true, dereference: true })
  }
  const tar = execFileSync('tar', ['-C', rootfs, '-cf', '-', '.'], { maxBuffer: 1 << 30 })
  rmSync(rootfs, { recursive: true })
  const [repo = '', tag = ''] = name.split(':')
  const query = new URLSearchParams({ fromSrc: '-', repo, tag })
  query.append('changes', `ENTRYPOINT ${JSON.stringify(entrypoint)}`)
  await engine.ask('POST', `/v1.41/images/create?${query.toString()}`, tar)
  // Podman does not take the tag.
  const tagging = new URLSearchParams({ repo, tag })
  const path = `/v1.41/images/${encodeURIComponent(repo)}/tag?${tagging.toString()}`
  await engine.ask('POST', path).catch(() => {})
}
