import { Resolver } from 'node:dns/promises'
import { isIPv4 } from 'node:net'
import { plainName } from './message.ts'

export interface ReverseNamesSettings {
  /** Questions a second, at most. */
  readonly perSecond: number
  readonly timeoutMs: number
  /** Whether an address may be asked for. */
  readonly isAllowed: (address: string) => boolean
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
  /** Asks for the PTR records of a name. */
  readonly resolve?: (name: string) => Promise<readonly string[]>
}

interface Entry {
  /** `undefined` as long as there is none. */
  name: string | undefined
  /** When to ask again; Infinity while it waits for an answer. */
  due: number
}

export interface ReverseCounts {
  completed: number
  /** Nobody answered, or with an error. */
  failed: number
  /** Addresses that found too many others waiting. */
  skipped: number
}

const mostAtOnce = 4
const mostWaiting = 1000
const mostKept = 20_000
const hour = 3_600_000
const keepMs = 6 * hour
const keepNothingMs = hour
const keepFailureMs = hour / 6
const isNothing = new Set(['ENOTFOUND', 'ENODATA'])

/**
 * Names that the owners of addresses give them (PTR records). They say who runs a machine, not what was asked for, and
 * each costs a question to somebody's server: so few a second, few at once, and no address twice an hour.
 */
export class ReverseNames {
  readonly #settings: ReverseNamesSettings
  readonly #now: () => number
  readonly #resolve: (name: string) => Promise<readonly string[]>
  readonly #cancel: () => void
  readonly #known = new Map<string, Entry>()
  #waiting: string[] = []
  #underWay = 0
  #timer: NodeJS.Timeout | undefined
  readonly counts: ReverseCounts = { completed: 0, failed: 0, skipped: 0 }
  epoch = 0

  constructor(settings: ReverseNamesSettings) {
    this.#settings = settings
    this.#now = settings.now ?? (() => performance.now())
    const resolver = new Resolver({ timeout: settings.timeoutMs, tries: 1 })
    this.#cancel = () => resolver.cancel()
    this.#resolve = settings.resolve ?? ((name) => resolver.resolvePtr(name))
  }

  /** From memory. What is not known is asked for, and the epoch tells of the answer. */
  nameOf(address: string): string | undefined {
    const entry = this.#known.get(address)
    if (entry === undefined || entry.due <= this.#now()) this.#want(address, entry)
    return entry?.name
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#waiting = []
    this.#cancel()
  }

  #want(address: string, entry: Entry | undefined): void {
    if (!this.#settings.isAllowed(address)) return
    if (this.#waiting.length >= mostWaiting) {
      this.counts.skipped += 1
      return
    }
    this.#keep(address, { name: entry?.name, due: Number.POSITIVE_INFINITY })
    this.#waiting.push(address)
    if (this.#timer !== undefined) return
    this.#timer = setInterval(() => this.#askNext(), 1000 / this.#settings.perSecond)
    this.#timer.unref()
  }

  #keep(address: string, entry: Entry): void {
    this.#known.delete(address)
    this.#known.set(address, entry)
    if (this.#known.size <= mostKept) return
    const [oldest] = this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
  }

  #askNext(): void {
    if (this.#underWay >= mostAtOnce) return
    const address = this.#waiting.shift()
    if (address !== undefined) {
      void this.#ask(address)
    } else if (this.#underWay === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  async #ask(address: string): Promise<void> {
    this.#underWay += 1
    const before = this.#known.get(address)?.name
    try {
      const names = await this.#resolve(reverseName(address))
      this.counts.completed += 1
      const [name] = names.flatMap((one) => plainName(one.replace(/\.$/, '').split('.')) ?? [])
      this.#learn(address, before, name, name === undefined ? keepNothingMs : keepMs)
    } catch (thrown) {
      if (isNothing.has(codeOf(thrown))) {
        this.counts.completed += 1
        this.#learn(address, before, undefined, keepNothingMs)
      } else {
        this.counts.failed += 1
        // Whoever does not answer now has not taken the name back.
        this.#learn(address, before, before, keepFailureMs)
      }
    }
    this.#underWay -= 1
  }

  #learn(
    address: string,
    before: string | undefined,
    name: string | undefined,
    forMs: number,
  ): void {
    this.#keep(address, { name, due: this.#now() + forMs })
    if (name !== before) this.epoch += 1
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
}

/** The name under which DNS has the name of an address. @param address as `formatAddress` writes it */
export function reverseName(address: string): string {
  if (isIPv4(address)) return `${address.split('.').toReversed().join('.')}.in-addr.arpa`
  const [start = '', end = ''] = address.split('::')
  const head = groupsOf(start)
  const tail = groupsOf(end)
  const zeros = Array.from({ length: Math.max(8 - head.length - tail.length, 0) }, () => '0000')
  const digits = [...head, ...zeros, ...tail].join('')
  return `${digits.split('').toReversed().join('.')}.ip6.arpa`
}

function groupsOf(text: string): string[] {
  return text.split(':').flatMap((group) => (group === '' ? [] : group.padStart(4, '0')))
}
