import {
  chownSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { findPostgresql, unpackFolder } from '../../tools/bootstrap/requirements.js'
import { Daemon } from './daemon.ts'
import { execIn, type Namespace } from './netns.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const port = 5432

/** PostgreSQL does not run as root. */
const nobody = 65_534
const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']

const settings = {
  listen_addresses: '127.0.0.1',
  port: String(port),
  unix_socket_directories: '',
  fsync: 'off',
  autovacuum: 'off',
  log_duration: 'on',
  log_line_prefix: '%p ',
}

export interface Postgresql {
  readonly port: number
  /** Runs `pgbench` as one client of a script. @returns how long it says each transaction took, in ns */
  bench(script: string, transactions: number, ...options: string[]): Promise<number[]>
  /** Ends it. @returns how long it says each step of its busiest process took, in ns, in their order */
  stop(): Promise<Steps>
}

interface Steps {
  readonly pid: number
  readonly times: readonly number[]
}

/** A PostgreSQL of the test's own in a namespace, with its files in a folder that goes with it. */
export async function startPostgresql(namespace: Namespace): Promise<Postgresql> {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-postgresql-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  chownSync(folder, nobody, nobody)
  const bin = programs(folder)
  const cluster = join(folder, 'cluster')
  const init = [join(bin, 'initdb'), '-D', cluster, '-U', 'postgres', '-A', 'trust', '-N']
  await execIn(namespace, ...asNobody, ...init, '--locale=C')
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [...asNobody, join(bin, 'postgres'), '-D', cluster, ...options]
  const daemon = new Daemon(namespace, command)
  onTestFinished(() => daemon.stop('SIGINT'))
  await daemon.says('ready to accept connections')
  return {
    port,
    bench: (...given) => bench(namespace, bin, folder, given),
    stop: async () => {
      await daemon.stop('SIGINT')
      return busiest(daemon.output)
    },
  }
}

/** The folder of its programs. What was unpacked may lie where only root may go, so it is copied. */
function programs(folder: string): string {
  const bin = findPostgresql(root)
  if (bin === undefined) throw new Error('no PostgreSQL')
  if (!bin.startsWith(unpackFolder(root))) return bin
  const inside = relative(unpackFolder(root), bin)
  for (const part of ['usr/lib/postgresql', 'usr/share/postgresql']) {
    cpSync(join(unpackFolder(root), part), join(folder, part), { recursive: true })
  }
  return join(folder, inside)
}

type Bench = Parameters<Postgresql['bench']>

async function bench(
  namespace: Namespace,
  bin: string,
  folder: string,
  [script, transactions, ...options]: Bench,
): Promise<number[]> {
  const log = join(folder, 'log')
  const file = join(folder, 'script.sql')
  writeFileSync(file, script)
  // Without these it would ask for encryption first, which is an exchange more.
  const env = ['env', 'PGSSLMODE=disable', 'PGGSSENCMODE=disable']
  const server = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres']
  await execIn(
    namespace,
    ...[...env, join(bin, 'pgbench'), ...server, '-n', '-l', `--log-prefix=${log}`],
    ...['-t', String(transactions), '-f', file, ...options, 'postgres'],
  )
  const [name] = readdirSync(folder).filter((entry) => entry.startsWith('log.'))
  const lines = readFileSync(join(folder, name ?? ''), 'utf8')
    .trim()
    .split('\n')
  // Client, number of the transaction, its time in µs, ...
  return lines.map((line) => Number(line.split(' ')[2]) * 1e3)
}

function busiest(output: string): Steps {
  const byPid = new Map<number, number[]>()
  for (const [, pid, ms] of output.matchAll(/^(\d+) LOG: {2}duration: (\d+\.\d+) ms$/gm)) {
    byPid.set(Number(pid), [...(byPid.get(Number(pid)) ?? []), Number(ms) * 1e6])
  }
  const [most] = [...byPid].toSorted(([, one], [, other]) => other.length - one.length)
  if (most === undefined) throw new Error(`no durations in: ${output}`)
  return { pid: most[0], times: most[1] }
}
