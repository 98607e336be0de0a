import { existsSync } from 'node:fs'
import type { BoundedFiles } from './files.ts'
import { decodeText, maxNameBytes } from './text.ts'

/** Clock ticks a second of `/proc`: fixed to 100 in the kernel's user-space interface. */
export const ticksPerSecond = 100
const nsPerTick = 1_000_000_000n / BigInt(ticksPerSecond)

/** What `/proc/PID/stat` says. */
export interface ProcessStat {
  /** Field 22: start of the process in clock ticks of `CLOCK_BOOTTIME`. */
  readonly startTicks: number
  /** Ended, and not yet waited for: its memory and files are gone. */
  readonly isZombie: boolean
  readonly comm: string
  readonly parentPid: number
}

/** The kernel's start time (ns of `CLOCK_BOOTTIME`) as `/proc/PID/stat` rounds it. */
export function startTicksOf(startTime: bigint): number {
  return Number(startTime / nsPerTick)
}

/** Reads the line of `/proc/PID/stat`; the name in it may hold anything, brackets and newlines too. */
export function parseStat(line: string): ProcessStat | undefined {
  const open = line.indexOf('(')
  const close = line.lastIndexOf(')')
  if (open < 0 || close < open) return undefined
  const fields = line.slice(close + 2).split(' ')
  const startTicks = Number(fields[19] ?? Number.NaN)
  if (!Number.isSafeInteger(startTicks) || startTicks < 0) return undefined
  const state = fields[0]
  return {
    startTicks,
    isZombie: state === 'Z' || state === 'X',
    comm: line.slice(open + 1, close),
    parentPid: Number(fields[1] ?? 0) || 0,
  }
}

/** Real user id from `/proc/PID/status`. */
export function parseOwner(status: string): number | undefined {
  const found = /^Uid:\t(\d+)\t/m.exec(status)
  return found === null ? undefined : Number(found[1])
}

/** Ids of a process in its pid namespaces, outermost first, from `/proc/PID/status`; empty on kernels without them. */
export function parseNamespacePids(status: string): number[] {
  const found = /^NSpid:((?:\t\d+)+)$/m.exec(status)
  return found?.[1] === undefined ? [] : found[1].trim().split('\t').map(Number)
}

/** Reads a boot's wall-clock time from `/proc/stat`, in seconds since the epoch. */
export function readBootSeconds(files: BoundedFiles, procRoot: string): number | undefined {
  // The counters of every interrupt come before it, in one line that may be long.
  const text = files.text(`${procRoot}/stat`, 256 * 1024)
  const found = text === undefined ? null : /^btime (\d+)$/m.exec(text)
  return found === null ? undefined : Number(found[1])
}

/** Files of one process under `/proc/PID`. Each is absent where the process is gone or not to be read. */
export class ProcessFiles {
  readonly #files: BoundedFiles
  readonly #root: string

  constructor(files: BoundedFiles, root: string) {
    this.#files = files
    this.#root = root
  }

  /** Cheap: to be asked first, since a file that cannot be opened costs an exception. */
  exists(pid: number): boolean {
    return existsSync(`${this.#root}/${pid}`)
  }

  stat(pid: number): ProcessStat | undefined {
    const line = this.#files.text(`${this.#root}/${pid}/stat`, 4096)
    return line === undefined ? undefined : parseStat(line)
  }

  /** Path of the executable, as the process's own mount namespace names it. */
  executablePath(pid: number): string | undefined {
    const target = this.#files.link(`${this.#root}/${pid}/exe`)
    if (target === undefined || target.length === 0) return undefined
    const path = decodeText(target)
    return path.endsWith(' (deleted)') ? path.slice(0, -' (deleted)'.length) : path
  }

  owner(pid: number): number | undefined {
    const status = this.#files.text(`${this.#root}/${pid}/status`, 16 * 1024)
    return status === undefined ? undefined : parseOwner(status)
  }

  namespacePids(pid: number): number[] {
    const status = this.#files.text(`${this.#root}/${pid}/status`, 16 * 1024)
    return status === undefined ? [] : parseNamespacePids(status)
  }

  /** The first word of the command line; nothing of the others is copied, for they may hold secrets. */
  startedAs(pid: number): string | undefined {
    return this.#files.read(`${this.#root}/${pid}/cmdline`, maxNameBytes, (bytes) => {
      const end = bytes.indexOf(0)
      return end <= 0 ? undefined : decodeText(bytes.subarray(0, end))
    })
  }

  /** At most 4096 bytes of them: an argument that is cut is left out, since half a secret cannot be told as one. */
  commandLine(pid: number): string[] | undefined {
    return this.#files.read(`${this.#root}/${pid}/cmdline`, maxNameBytes, (bytes) => {
      const words = decodeText(bytes).split('\0')
      if (bytes.length >= maxNameBytes && words.at(-1) !== '') words.splice(-1, 1, '…')
      // A process that wrote a title over its arguments leaves their end empty.
      const length = words.findLastIndex((word) => word !== '') + 1
      return length === 0 ? undefined : words.slice(0, length)
    })
  }

  cgroup(pid: number): string | undefined {
    return this.#files.text(`${this.#root}/${pid}/cgroup`, 32 * 1024)
  }
}
