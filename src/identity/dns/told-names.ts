import { AddressNames, type KeepSettings } from './address-names.ts'
import type { Resolution } from './message.ts'
import type { DnsNames } from './names.ts'

/** Who was told. */
export interface Told {
  readonly pid: number
  readonly startTime: bigint
  readonly netns: number
}

export interface ToldNamesSettings {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  /** Of the host itself: what was told there holds for whoever was told nothing. */
  readonly hostNetns: number
  readonly limits?: ToldNamesLimits
}

/** How many addresses have a name. Beyond it the one that was of no use for longest goes. */
export interface ToldNamesLimits {
  readonly inProcess: number
  readonly inNamespace: number
  readonly all: number
}

const minute = 60_000
const hour = 60 * minute
/** A connection may say nothing for long, and has its name from here when it does. */
const inProcess: KeepSettings = {
  shortestMs: 10 * minute,
  longestMs: 24 * hour,
  holdMs: 5 * minute,
  graceMs: 24 * hour,
}
/** What somebody else was told is believed for minutes only. */
const inNamespace: KeepSettings = {
  shortestMs: 10 * minute,
  longestMs: hour,
  holdMs: 0,
  graceMs: 10 * minute,
}
const expiryMs = 5 * minute
const usualLimits: ToldNamesLimits = { inProcess: 1024, inNamespace: 8192, all: 32_768 }
/** Addresses that are remembered to have been asked for; beyond it each change makes all users ask again. */
const mostAsked = 65_536

/** Names from the answers that processes of this host were given. */
export class ToldNames implements DnsNames {
  readonly #now: () => number
  readonly #hostNetns: number
  readonly #limits: ToldNamesLimits
  /** By pid, whoever was told last at the end. */
  readonly #processes = new Map<number, AddressNames>()
  readonly #namespaces = new Map<number, AddressNames>()
  /** Whose name somebody has asked for: nobody needs to hear of a change of the others. */
  #asked = new Set<string>()
  #expiredMs: number
  #size = 0
  epoch = 0

  constructor({ now, hostNetns, limits = usualLimits }: ToldNamesSettings) {
    this.#now = now
    this.#hostNetns = hostNetns
    this.#limits = limits
    this.#expiredMs = now()
  }

  /** Addresses with a name, of each process and each network namespace. */
  get size(): number {
    return this.#size
  }

  tell(told: Told, { name, addresses }: Resolution): void {
    const ofProcess = this.#processOf(told)
    const ofNamespace = this.#namespaceOf(told.netns)
    const now = this.#now()
    for (const { address, ttlSeconds } of addresses) {
      for (const names of [ofProcess, ofNamespace]) {
        const before = names.size
        if (names.tell(address, name, now, ttlSeconds)) this.#changed(address)
        this.#size += names.size - before
      }
    }
    this.#limit(ofProcess, this.#limits.inProcess)
    this.#limit(ofNamespace, this.#limits.inNamespace)
    this.#limitAll()
  }

  /** A process began: what another one of that pid was told is not its. */
  begin({ pid, startTime }: { readonly pid: number; readonly startTime: bigint }): void {
    const known = this.#processes.get(pid)
    if (known !== undefined && known.startTime !== startTime) this.#forget(this.#processes, pid)
  }

  nameOf(address: string, netns: number, pid: number): string | undefined {
    if (this.#asked.size < mostAsked) this.#asked.add(address)
    const found =
      this.#processes.get(pid)?.find(address) ??
      this.#namespaces.get(netns)?.find(address) ??
      this.#namespaces.get(this.#hostNetns)?.find(address)
    return found?.name
  }

  /** Drops what is due and not in use any more. To be called now and then. */
  expire(): void {
    const now = this.#now()
    if (now - this.#expiredMs < expiryMs) return
    this.#expiredMs = now
    let isInUse = false
    for (const tables of [this.#processes, this.#namespaces]) {
      for (const [key, names] of tables) {
        const before = names.size
        isInUse = names.expire(now) || isInUse
        this.#size -= before - names.size
        if (names.size === 0) tables.delete(key)
      }
    }
    if (!isInUse) return
    this.epoch += 1
    this.#asked = new Set()
  }

  #changed(address: string): void {
    if (this.#asked.has(address) || this.#asked.size >= mostAsked) this.epoch += 1
  }

  #processOf({ pid, startTime }: Told): AddressNames {
    this.begin({ pid, startTime })
    return tableOf(this.#processes, pid, () => new AddressNames('last', inProcess, startTime))
  }

  #namespaceOf(netns: number): AddressNames {
    return tableOf(this.#namespaces, netns, () => new AddressNames('neither', inNamespace))
  }

  #limit(names: AddressNames, most: number): void {
    while (names.size > most) this.#dropOldest(names)
  }

  /** From whoever was told nothing for longest; of processes first, whose names their namespace has as well. */
  #limitAll(): void {
    while (this.#size > this.#limits.all) {
      const tables = this.#processes.size > 1 ? this.#processes : this.#namespaces
      for (const [key, names] of tables) {
        this.#dropOldest(names)
        if (names.size === 0) tables.delete(key)
        break
      }
    }
  }

  #dropOldest(names: AddressNames): void {
    const dropped = names.dropOldest()
    if (dropped === undefined) return
    this.#size -= 1
    if (dropped.isUsed) this.#changed(dropped.address)
  }

  #forget(tables: Map<number, AddressNames>, key: number): void {
    const names = tables.get(key)
    this.#size -= names?.size ?? 0
    tables.delete(key)
    this.epoch += 1
  }
}

/** Moves it to the end, too. */
function tableOf(
  tables: Map<number, AddressNames>,
  key: number,
  create: () => AddressNames,
): AddressNames {
  const names = tables.get(key) ?? create()
  tables.delete(key)
  tables.set(key, names)
  return names
}
