import { Buffer } from 'node:buffer'
import { formatAddress } from '../shared/addresses.ts'
import { BoundedFiles } from './files.ts'

/** Of `/proc/PID/net/fib_trie`: more routes than that has no container. */
const mostBytes = 256 * 1024
const mostNamespaces = 1024
const mostAddresses = 256
/** Interfaces get other addresses seldom, and a namespace with new listening sockets is read anew at once. */
const readAgainMs = 60_000
/** Namespaces read in one go: 30 µs each. */
const mostReads = 64

interface Known {
  readonly addresses: ReadonlySet<string>
  readAtMs: number
}

/** Which network namespaces of this host have an address, by the files of a process in each. */
export class NamespaceAddresses {
  readonly #procRoot: string
  readonly #files = new BoundedFiles()
  readonly #byNamespace = new Map<number, Known>()
  #byAddress = new Map<string, number[]>()
  /** Grows when an address comes or goes. */
  epoch = 0

  constructor(procRoot = '/proc') {
    this.#procRoot = procRoot
  }

  /** @returns the namespace that has the address, the caller's own first; `undefined` if none has it or several have */
  find(address: string, ownNetns: number): number | undefined {
    const owners = this.#byAddress.get(address)
    if (owners?.includes(ownNetns) === true) return ownNetns
    return owners?.length === 1 ? owners[0] : undefined
  }

  /**
   * Reads namespaces that are new, that something changed in, or that were read long ago; forgets those that are not named.
   *
   * @param wanted by inode number, a process in each
   * @param changed those to read anew
   * @param nowMs of a monotonic clock
   */
  refresh(wanted: ReadonlyMap<number, number>, changed: ReadonlySet<number>, nowMs: number): void {
    const before = this.epoch
    for (const netns of this.#byNamespace.keys()) {
      if (!wanted.has(netns)) this.#set(netns, undefined)
    }
    const due = [...wanted].filter(([netns]) => this.#isDue(netns, changed, nowMs))
    for (const [netns, pid] of due.slice(0, mostReads)) {
      this.#set(netns, { addresses: this.#read(netns, pid), readAtMs: nowMs })
    }
    if (this.epoch !== before) this.#index()
  }

  #isDue(netns: number, changed: ReadonlySet<number>, nowMs: number): boolean {
    const known = this.#byNamespace.get(netns)
    if (known === undefined) return this.#byNamespace.size < mostNamespaces
    return changed.has(netns) || nowMs - known.readAtMs > readAgainMs
  }

  #set(netns: number, next: Known | undefined): void {
    const before = this.#byNamespace.get(netns)
    if (next === undefined) this.#byNamespace.delete(netns)
    else this.#byNamespace.set(netns, next)
    const isSame =
      before?.addresses.size === next?.addresses.size &&
      [...(next?.addresses ?? [])].every((address) => before?.addresses.has(address))
    if (!isSame) this.epoch += 1
  }

  #index(): void {
    this.#byAddress = new Map()
    for (const [netns, { addresses }] of this.#byNamespace) {
      for (const address of addresses) {
        const owners = this.#byAddress.get(address)
        if (owners === undefined) this.#byAddress.set(address, [netns])
        else owners.push(netns)
      }
    }
  }

  #read(netns: number, pid: number): Set<string> {
    const root = `${this.#procRoot}/${pid}`
    const files = this.#files
    // The process may have gone, or moved, since it was seen there.
    if (files.link(`${root}/ns/net`)?.toString() !== `net:[${netns}]`) return new Set()
    const ipv4 = files.lines(`${root}/net/fib_trie`, mostBytes) ?? ''
    const ipv6 = files.lines(`${root}/net/if_inet6`, mostBytes) ?? ''
    return new Set([...localIpv4(ipv4), ...localIpv6(ipv6)].slice(0, mostAddresses))
  }
}

/** Addresses of `/proc/net/fib_trie` that are local, loopback ones left out. */
export function localIpv4(trie: string): string[] {
  const addresses: string[] = []
  let address = ''
  for (const line of trie.split('\n')) {
    const leaf = /^\s*\|-- ([\d.]+)$/.exec(line)
    if (leaf !== null) address = leaf[1] ?? ''
    else if (/^\s*\/32 host LOCAL$/.test(line) && !address.startsWith('127.')) {
      addresses.push(address)
    }
  }
  return [...new Set(addresses)]
}

/** Addresses of `/proc/net/if_inet6`, likewise: link-local ones are many interfaces' at once, and left out, too. */
export function localIpv6(table: string): string[] {
  return table.split('\n').flatMap((line) => {
    const hex = /^([\da-f]{32}) /.exec(line)?.[1]
    if (hex === undefined || hex.startsWith('fe80') || /^0{31}1$/.test(hex)) return []
    return [formatAddress(Buffer.from(hex, 'hex'))]
  })
}
