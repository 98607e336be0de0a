import { readFileSync, readlinkSync } from 'node:fs'

/** What the kernel of the host counted for one network namespace since it began. */
export interface HostCounters {
  /**
   * Sent, without those sent again, SYN-ACKs excepted. Received ones cannot be compared: the kernel counts those as
   * they come out of receive offload, many in one, and sockets count them as they were on the wire.
   */
  readonly segments: number
  readonly retransmissions: number
  readonly opens: number
}

/**
 * Counters of a page of `/proc/net/snmp` or `netstat`, by name: each group has one line of names, one of values.
 * @param group how its lines begin
 */
export function countersOf(text: string, group: string): ReadonlyMap<string, number> {
  const [names = '', values = ''] = text.split('\n').filter((line) => line.startsWith(`${group} `))
  const numbers = values.split(' ').map(Number)
  const pairs = names.split(' ').map((name, at) => [name, numbers[at] ?? Number.NaN] as const)
  return new Map(pairs.filter(([, number]) => !Number.isNaN(number)))
}

/**
 * Reads the `Tcp:` lines of `/proc/net/snmp`. They count IPv4 and IPv6 alike.
 *
 * @returns `undefined` if a counter is missing
 */
export function parseSnmp(text: string): HostCounters | undefined {
  const counters = countersOf(text, 'Tcp:')
  const sum = (...keys: string[]) =>
    keys.reduce((total, key) => total + (counters.get(key) ?? Number.NaN), 0)

  const segments = sum('OutSegs')
  const retransmissions = sum('RetransSegs')
  const opens = sum('ActiveOpens', 'PassiveOpens')
  if (Number.isNaN(segments + retransmissions + opens)) return undefined
  return { segments, retransmissions, opens }
}

/** The counters of the host's network namespace: that of process 1, or our own where that may not be read. */
export class HostNamespace {
  /** Inode number of the namespace; 0 if it cannot be told. */
  readonly netns: number
  readonly #path: string

  constructor(procRoot = '/proc') {
    const first = namespaceOf(`${procRoot}/1`)
    const directory = first === 0 || !isReadable(`${procRoot}/1/net/snmp`) ? 'self' : '1'
    this.netns = directory === '1' ? first : namespaceOf(`${procRoot}/self`)
    this.#path = `${procRoot}/${directory}/net/snmp`
  }

  /** @returns `undefined` if the counters cannot be read */
  read(): HostCounters | undefined {
    try {
      return parseSnmp(readFileSync(this.#path, 'utf8'))
    } catch {
      return undefined
    }
  }
}

/** @param process its folder in /proc @returns inode number of its network namespace; 0 if it cannot be told */
export function namespaceOf(process: string): number {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync(`${process}/ns/net`))?.[1] ?? 0)
  } catch {
    return 0
  }
}

function isReadable(path: string): boolean {
  try {
    readFileSync(path)
    return true
  } catch {
    return false
  }
}
