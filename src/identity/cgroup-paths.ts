import { type Dirent, readdirSync, statSync } from 'node:fs'
import { type CgroupFacts, describeCgroup } from './cgroup.ts'
import type { BoundedFiles } from './files.ts'

export interface CgroupPathsSettings {
  readonly procRoot: string
  /** Where the unified hierarchy is mounted; found in `mountinfo` if absent. */
  readonly cgroupRoot?: string | undefined
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number
}

const maxKnown = 4096
const maxDirectories = 8192
/** Where the kernel does not tell its name, its directory must be seen while it is there. */
const leastPauseMs = 250
/** A walk takes 2 % of the time, however many directories there are. */
const pausePerMs = 50

/**
 * Path of a control group by its id, the inode of its directory, of a process that ended before anyone looked. Paths come
 * from living processes; an unknown id of which the kernel does not tell all that counts makes one bounded walk over the
 * hierarchy, at most every 250 ms, and less often where a walk takes long.
 */
export class CgroupPaths {
  readonly #settings: CgroupPathsSettings
  readonly #root: string | undefined
  readonly #known = new Map<bigint, CgroupFacts>()
  #nextScanMs = Number.NEGATIVE_INFINITY
  #scans = 0

  constructor(files: BoundedFiles, settings: CgroupPathsSettings) {
    this.#settings = settings
    const mounts = files.lines(`${settings.procRoot}/self/mountinfo`, 256 * 1024) ?? ''
    this.#root = settings.cgroupRoot ?? findCgroupMount(mounts)
  }

  get scans(): number {
    return this.#scans
  }

  /** Notes where a living process's control group is, after a look that the id is really that directory's. */
  remember(id: bigint, path: string): void {
    if (id === 0n || this.#root === undefined || this.#known.has(id)) return
    const fromRoot = path.replace(waysOut, '')
    if (inodeOf(`${this.#root}${fromRoot}`) === id) this.#keep(id, fromRoot || '/')
  }

  /**
   * @param told the kernel's own word, in which more may be above what it tells, if it does not begin with `/`
   * @returns `undefined` if it is not known, or not known yet
   */
  find(id: bigint, told?: string): CgroupFacts | undefined {
    const facts = told === undefined ? undefined : describeCgroup(told)
    const best = better(this.#recall(id), facts, told?.startsWith('/') === true)
    return best ?? this.#search(id) ?? facts
  }

  #search(id: bigint): CgroupFacts | undefined {
    if (id === 0n) return undefined
    this.#scan()
    return this.#known.get(id)
  }

  #recall(id: bigint): CgroupFacts | undefined {
    const known = this.#known.get(id)
    if (known === undefined) return undefined
    this.#known.delete(id)
    this.#known.set(id, known)
    return known
  }

  #keep(id: bigint, path: string): void {
    this.#known.set(id, describeCgroup(path))
    if (this.#known.size <= maxKnown) return
    const oldest = this.#known.keys().next()
    if (oldest.done !== true) this.#known.delete(oldest.value)
  }

  #scan(): void {
    const now = this.#settings.clock()
    if (this.#root === undefined || now < this.#nextScanMs) return
    this.#scans += 1
    this.#walk(this.#root)
    const end = this.#settings.clock()
    this.#nextScanMs = end + Math.max(leastPauseMs, (end - now) * pausePerMs)
  }

  #walk(root: string): void {
    const waiting = ['']
    for (let seen = 0; seen < maxDirectories; seen += 1) {
      const path = waiting.shift()
      if (path === undefined) return
      const id = inodeOf(`${root}${path}`)
      if (id !== undefined && !this.#known.has(id)) this.#keep(id, path === '' ? '/' : path)
      for (const entry of directoriesIn(`${root}${path}`)) {
        if (waiting.length < maxDirectories) waiting.push(`${path}/${entry.name}`)
      }
    }
  }
}

/** The kernel's word may be of another hierarchy, where containers are. */
function better(
  known: CgroupFacts | undefined,
  told: CgroupFacts | undefined,
  isWhole: boolean,
): CgroupFacts | undefined {
  if (told?.containerId !== undefined && known?.containerId === undefined) return told
  return known ?? (isWhole ? told : undefined)
}

function inodeOf(path: string): bigint | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino
  } catch {
    return undefined
  }
}

function directoriesIn(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  } catch {
    return []
  }
}

/** How a container with a namespace of control groups of its own sees the way to the machine's root. */
const waysOut = /^(?:\/\.\.)+(?=\/|$)/

/**
 * Finds the mount of the unified hierarchy in `/proc/self/mountinfo`; of several the one that shows it from the machine's root, else
 * from its own.
 */
export function findCgroupMount(mountinfo: string): string | undefined {
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ', 2)
    const [, , , root = '', mountPoint = ''] = before.split(' ')
    return after.startsWith('cgroup2 ') && root !== '' ? [{ root, mountPoint }] : []
  })
  const best =
    mounts.find(({ root }) => root.replace(waysOut, '') === '') ??
    mounts.find(({ root }) => root === '/') ??
    mounts[0]
  return best && unescapeMount(best.mountPoint)
}

function unescapeMount(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
