import { readFileSync, writeFileSync } from 'node:fs'
import type { EbpfSource } from '../src/source/ebpf.ts'
import { undoLater } from './undo.ts'

const switchPath = '/proc/sys/kernel/bpf_stats_enabled'

/** Has the kernel take the time of each run of a BPF program, for as long as it is in use. */
export class ProgramClock implements Disposable {
  readonly #restore: () => void

  constructor() {
    const before = readFileSync(switchPath, 'utf8')
    this.#restore = undoLater(() => writeFileSync(switchPath, before))
    writeFileSync(switchPath, '1')
  }

  [Symbol.dispose](): void {
    this.#restore()
  }
}

export interface ProgramTime {
  readonly runCount: number
  readonly runTimeNs: number
}

export type ProgramTimes = ReadonlyMap<string, ProgramTime>

export function readTimes(source: EbpfSource): ProgramTimes {
  return new Map(source.statistics().map(({ name, ...time }) => [name, time]))
}

const none: ProgramTime = { runCount: 0, runTimeNs: 0 }

/** What a program ran between two readings. */
export function timeBetween(
  before: ProgramTimes,
  after: ProgramTimes,
  program: string,
): ProgramTime {
  const from = before.get(program) ?? none
  const to = after.get(program) ?? none
  return { runCount: to.runCount - from.runCount, runTimeNs: to.runTimeNs - from.runTimeNs }
}

/** Sum over all programs, in ns. */
export function totalBetween(before: ProgramTimes, after: ProgramTimes): number {
  let sum = 0
  for (const program of after.keys()) sum += timeBetween(before, after, program).runTimeNs
  return sum
}
