import { formatAddress } from '../../shared/addresses.ts'

/** What an answer says of the name that was asked. */
export interface Resolution {
  /** Lower case, without the last dot: letters, digits, `-` and `_`. As it was asked, not where aliases led. */
  readonly name: string
  readonly addresses: readonly ResolvedAddress[]
}

export interface ResolvedAddress {
  /** As `formatAddress` writes it. */
  readonly address: string
  /** The least of the record's own and of the aliases that led to it. */
  readonly ttlSeconds: number
}

const headerBytes = 12
const typeA = 1
const typeCname = 5
const typeAaaa = 28
const classInternet = 1
/** RFC 1035: on the wire, length bytes included. */
const longestName = 255
/** Resolvers follow 8 to 16. */
const mostAliases = 16

class Malformed extends Error {}

interface ResourceRecord {
  readonly owner: string
  readonly type: number
  readonly ttlSeconds: number
  /** Of an alias the name it stands for, else an address. */
  readonly value: string
}

/**
 * Reads a DNS message from anywhere.
 *
 * @param isCut the message was longer: records that are whole count
 * @returns `undefined` if it tells no addresses, or of a name that no host has; `malformed` if it is no DNS message
 */
export function readAnswer(
  message: Uint8Array,
  isCut = false,
): Resolution | 'malformed' | undefined {
  const reader = new MessageReader(message)
  try {
    const question = reader.question()
    if (question === undefined) return undefined
    const records = reader.records(isCut)
    const name = hostName(question)
    if (name === undefined) return undefined
    const addresses = addressesOf(question, records)
    return addresses.length === 0 ? undefined : { name, addresses }
  } catch (thrown) {
    if (thrown instanceof Malformed) return 'malformed'
    throw thrown
  }
}

class MessageReader {
  readonly #bytes: Uint8Array
  #at = headerBytes

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** @returns the name as on the wire, in lower case; `undefined` if this is no answer, or to something else */
  question(): string | undefined {
    const flags = this.#number(2)
    const isAnswer = (flags & 0x8000) !== 0 && (flags & 0x7800) === 0
    if (!isAnswer || (flags & 0xf) !== 0) return undefined
    if (this.#number(4) !== 1) return undefined
    const name = this.#name()
    const type = this.#take(4)
    return this.#number(type + 2) === classInternet ? name : undefined
  }

  /** Aliases and addresses of the answer section. */
  records(isCut: boolean): ResourceRecord[] {
    const records: ResourceRecord[] = []
    const mayEnd = isCut || (this.#number(2) & 0x200) !== 0
    for (let left = this.#number(6); left > 0; left -= 1) {
      try {
        const record = this.#record()
        if (record !== undefined) records.push(record)
      } catch (thrown) {
        if (mayEnd && thrown instanceof Malformed) break
        throw thrown
      }
    }
    return records
  }

  #record(): ResourceRecord | undefined {
    const owner = this.#name()
    const head = this.#take(10)
    const type = this.#number(head)
    const length = this.#number(head + 8)
    const start = this.#take(length)
    if (this.#number(head + 2) !== classInternet) return undefined
    // RFC 2181: with the highest bit set it is 0.
    const ttl = this.#number(head + 4) * 65_536 + this.#number(head + 6)
    const ttlSeconds = ttl > 0x7fff_ffff ? 0 : ttl
    const value = this.#value(type, start, length)
    return value === undefined ? undefined : { owner, type, ttlSeconds, value }
  }

  #value(type: number, start: number, length: number): string | undefined {
    if (type === typeA || type === typeAaaa) {
      if (length !== (type === typeA ? 4 : 16)) throw new Malformed()
      return addressAt(this.#bytes.subarray(start, start + length))
    }
    if (type !== typeCname) return undefined
    this.#at = start
    const name = this.#name()
    if (this.#at !== start + length) throw new Malformed()
    return name
  }

  /** Each pointer leads further back than the one before, so that there is an end. */
  #name(): string {
    let name = ''
    let at = this.#at
    let lowest = at
    let end = 0
    for (;;) {
      const length = this.#byte(at)
      if (length >= 0xc0) {
        end ||= at + 2
        at = this.#number(at) & 0x3fff
        if (at >= lowest) throw new Malformed()
        lowest = at
        continue
      }
      if (length > 63) throw new Malformed()
      if (length === 0) break
      name += this.#label(at, length)
      if (name.length >= longestName) throw new Malformed()
      at += 1 + length
    }
    this.#at = end || at + 1
    return name
  }

  #label(at: number, length: number): string {
    let label = String.fromCharCode(length)
    for (let each = at + 1; each <= at + length; each += 1) {
      const byte = this.#byte(each)
      label += String.fromCharCode(byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte)
    }
    return label
  }

  /** Steps over so many bytes. @returns where they begin */
  #take(length: number): number {
    const start = this.#at
    if (start + length > this.#bytes.length) throw new Malformed()
    this.#at = start + length
    return start
  }

  #byte(at: number): number {
    const byte = this.#bytes[at]
    if (byte === undefined) throw new Malformed()
    return byte
  }

  #number(at: number): number {
    return (this.#byte(at) << 8) | this.#byte(at + 1)
  }
}

/** The unspecified address means this host, or that a filter does not want the name to lead anywhere. */
function addressAt(bytes: Uint8Array): string | undefined {
  if (bytes.every((byte) => byte === 0)) return undefined
  return bytes.length === 4 ? bytes.join('.') : formatAddress(bytes)
}

/** Follows the aliases from the name that was asked, in whatever order they stand. */
function addressesOf(question: string, records: readonly ResourceRecord[]): ResolvedAddress[] {
  const aliases = new Map<string, ResourceRecord>()
  for (const record of records) if (record.type === typeCname) aliases.set(record.owner, record)
  let owner = question
  let leastTtl = Number.POSITIVE_INFINITY
  for (let steps = 0; steps < mostAliases; steps += 1) {
    const alias = aliases.get(owner)
    if (alias === undefined) break
    owner = alias.value
    leastTtl = Math.min(leastTtl, alias.ttlSeconds)
  }
  return records
    .filter((record) => record.type !== typeCname && record.owner === owner)
    .map(({ value, ttlSeconds }) => ({
      address: value,
      ttlSeconds: Math.min(ttlSeconds, leastTtl),
    }))
}

/**
 * @param wire labels, each behind its length
 * @returns `undefined` for what no host is called, or what could pass for an address
 */
function hostName(wire: string): string | undefined {
  const labels: string[] = []
  for (let at = 0; at < wire.length; ) {
    const length = wire.charCodeAt(at)
    labels.push(wire.slice(at + 1, at + 1 + length))
    at += 1 + length
  }
  return plainName(labels)
}

/** @returns the name in lower case, `undefined` unless it is letters, digits, `-` and `_` and no address */
export function plainName(labels: readonly string[]): string | undefined {
  const name = labels.join('.').toLowerCase()
  if (name === '' || name.length > 253 || !labels.every((label) => /^[\w-]{1,63}$/.test(label)))
    return undefined
  return /(^|\.)(\d+|0x[\da-f]*)$/.test(name) ? undefined : name
}
