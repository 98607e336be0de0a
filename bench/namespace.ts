import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { undoLater } from './undo.ts'

/** Where traffic runs. */
export interface Network {
  /** Command line that runs there. */
  inside(...command: readonly [string, ...string[]]): [string, string[]]
}

/** The one that this process is in. */
export const hostNetwork: Network = {
  inside: (program, ...parameters) => [program, parameters],
}

let made = 0

/** A network namespace with a loopback device, so that what is counted in it is ours alone. */
export class Namespace implements Network, Disposable {
  readonly name: string
  /** Inode number, as `flow.netns` has it. */
  readonly netns: number
  readonly #remove: () => void

  constructor() {
    made += 1
    this.name = `nettracer-bench-${process.pid}-${made}`
    execFileSync('ip', ['netns', 'add', this.name])
    this.#remove = undoLater(() => execFileSync('ip', ['netns', 'delete', this.name]))
    this.netns = statSync(`/run/netns/${this.name}`).ino
    this.run('ip', 'link', 'set', 'lo', 'up')
    this.run(
      'sysctl',
      '-qw',
      'net.ipv4.ip_local_port_range=10000 65535',
      'net.ipv4.tcp_max_tw_buckets=2000000',
    )
  }

  inside(...command: readonly [string, ...string[]]): [string, string[]] {
    return ['ip', ['netns', 'exec', this.name, ...command]]
  }

  run(...command: readonly [string, ...string[]]): string {
    return execFileSync(...this.inside(...command), { encoding: 'utf8' })
  }

  [Symbol.dispose](): void {
    this.#remove()
  }
}
