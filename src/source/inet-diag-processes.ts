import { readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { ProcessKey, ProcessSeen } from '../connection/process.ts'
import { findSocketOwners } from './inet-diag-addon.ts'

/** `/proc/PID/stat` counts in hundredths of a second. */
const nsPerTick = 10_000_000n
const mostLinks = 2_000_000
const mostProcesses = 32_768
const cgroupRoots = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'] as const

export const nobody: ProcessKey = { pid: 0, startTime: 0n, cgroupId: 0n }

interface KnownProcess {
  readonly startTicks: bigint
  readonly key: ProcessKey
}

/** Whose sockets are: by the open files of all processes. */
export class SocketOwners {
  readonly #procRoot: string
  readonly #known = new Map<number, KnownProcess>()
  /** Searches that looked at too many files to go on. */
  cut = 0

  constructor(procRoot = '/proc') {
    this.#procRoot = procRoot
  }

  /**
   * @param inodes of sockets
   * @param onSeen called for each process the first time that it owns a socket
   */
  async find(
    inodes: ReadonlySet<number>,
    onSeen: (seen: ProcessSeen) => void,
  ): Promise<Map<number, ProcessKey>> {
    const wanted = Uint32Array.from(inodes).sort()
    const likely = Uint32Array.from(this.#known.keys())
    const { owners, isCut } = await findSocketOwners(this.#procRoot, wanted, likely, mostLinks)
    if (isCut) this.cut += 1
    const found = new Map<number, ProcessKey>()
    const processes = new Map<number, ProcessKey | undefined>()
    for (let at = 0; at + 1 < owners.length; at += 2) {
      const pid = owners[at + 1] as number
      if (!processes.has(pid)) processes.set(pid, this.#look(pid, onSeen))
      const process = processes.get(pid)
      if (process !== undefined) found.set(owners[at] as number, process)
    }
    return found
  }

  /** Of a pid that was used again the old process is forgotten. */
  #look(pid: number, onSeen: (seen: ProcessSeen) => void): ProcessKey | undefined {
    try {
      const directory = `${this.#procRoot}/${pid}`
      const stat = parseStat(readFileSync(`${directory}/stat`, 'latin1'))
      if (stat === undefined) return undefined
      const known = this.#known.get(pid)
      if (known?.startTicks === stat.startTicks) return known.key
      const seen = readProcess(directory, pid, stat)
      const { startTime, cgroupId } = seen
      const key = { pid, startTime, cgroupId }
      if (this.#known.size >= mostProcesses) this.#known.clear()
      this.#known.set(pid, { startTicks: stat.startTicks, key })
      onSeen(seen)
      return key
    } catch {
      // It ended, or is another user's.
      this.#known.delete(pid)
      return undefined
    }
  }
}

interface Stat {
  readonly startTicks: bigint
  readonly comm: string
}

/** The name in it may hold anything, brackets and line breaks too. */
function parseStat(line: string): Stat | undefined {
  const close = line.lastIndexOf(')')
  const ticks = line.slice(close + 2).split(' ')[19] ?? ''
  if (close < 0 || !/^\d+$/.test(ticks)) return undefined
  const comm = Buffer.from(line.slice(line.indexOf('(') + 1, close), 'latin1').toString('utf8')
  return { startTicks: BigInt(ticks), comm }
}

function readProcess(directory: string, pid: number, { startTicks, comm }: Stat): ProcessSeen {
  const uid = /^Uid:\t(\d+)/m.exec(readFileSync(`${directory}/status`, 'latin1'))?.[1]
  return {
    pid,
    startTime: startTicks * nsPerTick,
    cgroupId: cgroupIdOf(directory),
    uid: Number(uid ?? 0),
    comm,
    executableName: executableOf(directory),
  }
}

function executableOf(directory: string): string {
  try {
    return basename(readlinkSync(`${directory}/exe`)).replace(/ \(deleted\)$/, '')
  } catch {
    return ''
  }
}

/** The inode of the directory in the unified hierarchy; 0 if it is not to be found. */
function cgroupIdOf(directory: string): bigint {
  const path = /^0::(\/.*)$/m.exec(readFileSync(`${directory}/cgroup`, 'utf8'))?.[1]
  if (path === undefined) return 0n
  for (const root of cgroupRoots.toReversed()) {
    const found = statSync(`${root}${path}`, { bigint: true, throwIfNoEntry: false })
    if (found !== undefined) return found.ino
  }
  return 0n
}
