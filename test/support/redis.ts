import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Daemon } from './daemon.ts'
import { execIn, type Namespace } from './netns.ts'

const port = 6379

export interface Redis {
  readonly port: number
  readonly pid: number
  /** Runs redis-benchmark with one command. @returns what it says of the times of its requests, in ns */
  bench(requests: number, ...optionsAndCommand: string[]): Promise<Timing>
  /** Runs redis-cli. @returns what it says */
  cli(...options: string[]): Promise<string>
}

export interface Timing {
  readonly mean: number
  readonly min: number
  readonly p50: number
  readonly p95: number
  readonly max: number
}

/** A Redis of the test's own in a namespace that keeps nothing. */
export async function startRedis(namespace: Namespace): Promise<Redis> {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-redis-'))
  // The package of the tools has the server as well, under the name of one of them.
  const server = join(folder, 'redis-server')
  symlinkSync('/usr/bin/redis-check-rdb', server)
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', folder]
  const daemon = new Daemon(namespace, [server, ...options, '--enable-debug-command', 'yes'])
  onTestFinished(async () => {
    await daemon.stop('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  })
  await daemon.says('Ready to accept connections')
  const at = ['-h', '127.0.0.1', '-p', String(port)]
  return {
    port,
    pid: daemon.pid,
    bench: async (requests, ...rest) =>
      timing(
        await execIn(
          namespace,
          ...['redis-benchmark', ...at, '-c', '1', '-n', String(requests), '--csv', ...rest],
        ),
      ),
    cli: (...rest) => execIn(namespace, 'redis-cli', ...at, ...rest),
  }
}

/** Two lines: names of the columns, and the values, in ms. */
function timing(csv: string): Timing {
  const [names = [], values = []] = csv
    .trim()
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.replaceAll('"', '')))
  const inNs = (name: string) => Number(values[names.indexOf(`${name}_latency_ms`)]) * 1e6
  return {
    mean: inNs('avg'),
    min: inNs('min'),
    p50: inNs('p50'),
    p95: inNs('p95'),
    max: inNs('max'),
  }
}
