import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { ProcessKey, ProcessSeen } from '../../../src/connection/process.ts'

const running = new Set<ChildProcess>()

/** Starts a program with exactly this environment; it is ended by {@link endAll}. */
export function start(file: string, args: string[], env: Record<string, string> = {}): Started {
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  running.add(child)
  if (child.pid === undefined) throw new Error(`cannot start ${file}`)
  return { pid: child.pid, child }
}

export interface Started {
  readonly pid: number
  readonly child: ChildProcess
}

/** Waits until `isSo` holds, looking every 5 ms. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

export async function end(started: Started): Promise<void> {
  running.delete(started.child)
  if (started.child.exitCode !== null || started.child.signalCode !== null) return
  const ended = once(started.child, 'exit')
  started.child.kill('SIGKILL')
  await ended
}

export async function endAll(): Promise<void> {
  for (const child of running) await end({ pid: child.pid ?? 0, child })
}

/** The key that the kernel would give for a running process: its start time lies within the tick of `/proc`. */
export function keyOf(pid: number, cgroupId = 0n): ProcessKey {
  const line = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const ticks = line.slice(line.lastIndexOf(')') + 2).split(' ')[19]
  return { pid, startTime: BigInt(ticks ?? 0) * 10_000_000n + 1_234_567n, cgroupId }
}

export function executableOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return ''
  }
}

export function seen(key: ProcessKey, rest: Partial<ProcessSeen> = {}): ProcessSeen {
  return { executableName: 'program', comm: 'program', uid: 0, ...key, ...rest }
}
