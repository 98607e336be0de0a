import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { commandIn, type Namespace } from './netns.ts'

/** A file that tcpdump wrote. */
export interface Capture {
  readonly namespace: Namespace
  readonly file: string
  /** Ends it; what went over the wire before is in the file. */
  stop(): Promise<void>
}

/** Captures what goes over the loopback of a namespace, from now on. */
export async function startCapture(namespace: Namespace): Promise<Capture> {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-capture-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'lo.pcap')
  const options = ['-i', 'lo', '-U', '--immediate-mode', '-Z', 'root', '-w', file]
  const [command, ...args] = commandIn(namespace, 'tcpdump', ...options)
  const child = spawn(command as string, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes('listening on')) break
  }
  child.stderr.resume()
  return {
    namespace,
    file,
    async stop() {
      child.kill('SIGINT')
      await ended
    },
  }
}
