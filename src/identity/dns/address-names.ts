/** What becomes of an address when two names were told for it. */
export type SecondName = 'last' | 'neither'

interface Entry {
  /** `undefined` if two names were told, and neither may be said. */
  name: string | undefined
  /** Until when it is kept, in ms of the caller's clock. */
  until: number
  /** When another name replaced one; -Infinity if none ever did. */
  changed: number
  /** Somebody was given the name since it was last told, or kept on. */
  isUsed: boolean
}

export interface KeepSettings {
  /** A name is kept for its TTL, but not less than this. */
  readonly shortestMs: number
  /** ... and not more. */
  readonly longestMs: number
  /** How long a name stays before the next one may replace it: each change moves series. */
  readonly holdMs: number
  /** How long a name that is due stays for those who use it to say so. */
  readonly graceMs: number
}

/** Names of addresses, as one process or one network namespace was told. The one that was of no use for longest goes first. */
export class AddressNames {
  readonly #entries = new Map<string, Entry>()
  readonly #second: SecondName
  readonly #settings: KeepSettings
  /** Of the process, to tell it from another of the same pid. */
  readonly startTime: bigint

  constructor(second: SecondName, settings: KeepSettings, startTime = 0n) {
    this.#second = second
    this.#settings = settings
    this.startTime = startTime
  }

  get size(): number {
    return this.#entries.size
  }

  /** @returns whether the address has another name now, or none any more */
  tell(address: string, name: string, now: number, ttlSeconds: number): boolean {
    const entry = this.#entries.get(address)
    const { shortestMs, longestMs } = this.#settings
    const until = now + Math.min(Math.max(ttlSeconds * 1000, shortestMs), longestMs)
    if (entry === undefined) {
      this.#entries.set(address, { name, until, changed: Number.NEGATIVE_INFINITY, isUsed: false })
      return true
    }
    this.#renew(address, entry)
    entry.until = Math.max(entry.until, until)
    if (entry.name === name || entry.name === undefined) return false
    if (this.#second === 'last' && now - entry.changed < this.#settings.holdMs) return false
    entry.name = this.#second === 'last' ? name : undefined
    entry.changed = now
    return true
  }

  /** @returns `undefined` if none was told; without a name if two were */
  find(address: string): { readonly name: string | undefined } | undefined {
    const entry = this.#entries.get(address)
    if (entry === undefined) return undefined
    entry.isUsed = true
    this.#renew(address, entry)
    return entry
  }

  /** @returns what went, with whether it was of use */
  dropOldest(): { readonly address: string; readonly isUsed: boolean } | undefined {
    for (const [address, { isUsed }] of this.#entries) {
      this.#entries.delete(address)
      return { address, isUsed }
    }
    return undefined
  }

  /** Drops what is due and nobody uses. @returns whether something is due that may be in use: its users must ask again */
  expire(now: number): boolean {
    let isInUse = false
    for (const [address, entry] of this.#entries) {
      if (entry.until > now) continue
      if (entry.isUsed) {
        isInUse = true
        entry.isUsed = false
        entry.until = now + this.#settings.graceMs
      } else {
        this.#entries.delete(address)
      }
    }
    return isInUse
  }

  #renew(address: string, entry: Entry): void {
    this.#entries.delete(address)
    this.#entries.set(address, entry)
  }
}
