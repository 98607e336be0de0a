import { randomBytes } from 'node:crypto'
import type { KnownFlow } from './known-flow.ts'

/** Client's address (4), server's address (4), client's port << 16 | server's port, scope. */
const tupleWords = 10
/** First word of the server's address; the client's is before. */
export const serverAt = 4
const portsAt = 8
const scopeAt = 9
/** Third word of an IPv4 address, as ::ffff:a.b.c.d, and ::1's last. In the host's order. */
const mapped = new Uint32Array(Uint8Array.of(0, 0, 0xff, 0xff).buffer)[0] as number
const lastOfLoopback = new Uint32Array(Uint8Array.of(0, 0, 0, 1).buffer)[0] as number
const loopbackNet = 127

/** Where a record stands in a buffer. */
export interface Place {
  readonly words: Uint32Array
  /** Word of its `struct flow` and of its `struct endpoints`. */
  readonly flowAt: number
  readonly endpointsAt: number
}

/**
 * Which connection of this host: addresses and ports as its server sees them. Addresses that mean something else in each
 * network namespace (loopback, an address to itself) have the namespace as their scope, others 0.
 */
export class Tuple {
  readonly words = new Uint32Array(tupleWords)
  readonly #bytes = new Uint8Array(this.words.buffer)
  /** 64 bits of a hash with a secret seed stand for it, as signed words. */
  first = 0
  second = 0

  /** @param from words with an address in network order, from `at` on */
  setClient(from: Uint32Array, at: number): void {
    this.#copy(from, at, 0)
  }

  setServer(from: Uint32Array, at: number): void {
    this.#copy(from, at, serverAt)
  }

  /** That of a record. */
  read({ words, flowAt, endpointsAt }: Place, { role, netns }: KnownFlow): void {
    const ports = words[endpointsAt + 4] as number
    const local = ports & 0xffff
    const remote = ports >>> 16
    const isClient = role === 'client'
    this.setClient(words, isClient ? endpointsAt : flowAt)
    this.setServer(words, isClient ? flowAt : endpointsAt)
    this.setPorts(isClient ? local : remote, isClient ? remote : local)
    this.seal(netns)
  }

  setPorts(client: number, server: number): void {
    this.words[portsAt] = ((client << 16) | server) >>> 0
  }

  /** All but the scope, as `save` wrote it. */
  restore(from: Uint32Array, at: number): void {
    for (let word = 0; word < scopeAt; word += 1) this.words[word] = from[at + word] as number
  }

  save(to: Uint32Array, at: number): void {
    for (let word = 0; word < scopeAt; word += 1) to[at + word] = this.words[word] as number
  }

  copy(other: Tuple): void {
    this.words.set(other.words)
    this.first = other.first
    this.second = other.second
  }

  isSaved(at: Uint32Array, from: number): boolean {
    for (let word = 0; word < scopeAt; word += 1) {
      if (at[from + word] !== this.words[word]) return false
    }
    return true
  }

  /** 16 bytes, network order: valid until it is changed. */
  get clientAddress(): Uint8Array {
    return this.#bytes.subarray(0, 16)
  }

  get serverAddress(): Uint8Array {
    return this.#bytes.subarray(serverAt * 4, portsAt * 4)
  }

  hasClientOf({ words }: Tuple): boolean {
    return isEqual(this.words, words, 0)
  }

  hasServerOf({ words }: Tuple): boolean {
    return isEqual(this.words, words, serverAt)
  }

  /** Whether client and server have one address, or one of both is loopback. */
  get isInside(): boolean {
    const { words } = this
    return isLoopback(words, 0) || isLoopback(words, serverAt) || this.#hasOneAddress
  }

  /** Whether it is one socket that connected to itself, so that there is no other end. */
  get isSelf(): boolean {
    const ports = this.words[portsAt] as number
    return ports >>> 16 === (ports & 0xffff) && this.#hasOneAddress
  }

  get #hasOneAddress(): boolean {
    const { words } = this
    for (let word = 0; word < serverAt; word += 1) {
      if (words[word] !== words[serverAt + word]) return false
    }
    return true
  }

  /** Sets the scope, then the hash. */
  seal(netns: number): void {
    const { words } = this
    words[scopeAt] = this.isInside ? netns : 0
    let first = firstSeed
    let second = secondSeed
    // Of IPv4 addresses only the last words differ.
    const isIpv4 = words[2] === mapped && words[6] === mapped
    for (let word = isIpv4 ? 3 : 0; word < tupleWords; word += word === 3 && isIpv4 ? 4 : 1) {
      const next = words[word] as number
      first = Math.imul(first ^ next, 0x85ebca6b)
      first ^= first >>> 15
      second = Math.imul(second ^ next, 0xc2b2ae35)
      second ^= second >>> 13
      second = Math.imul(second, 0x9e3779b1)
      first = (first << 13) | (first >>> 19)
    }
    first = Math.imul(first ^ (first >>> 16), 0x7feb352d)
    second = Math.imul(second ^ (second >>> 15), 0x846ca68b)
    this.first = first ^ (first >>> 15)
    this.second = second ^ (second >>> 16)
  }

  #copy(from: Uint32Array, at: number, to: number): void {
    const { words } = this
    words[to] = from[at] as number
    words[to + 1] = from[at + 1] as number
    words[to + 2] = from[at + 2] as number
    words[to + 3] = from[at + 3] as number
  }
}

/** Words that {@link Tuple.save} writes. */
export const savedWords: number = scopeAt

function isEqual(one: Uint32Array, other: Uint32Array, at: number): boolean {
  for (let word = at; word < at + serverAt; word += 1) if (one[word] !== other[word]) return false
  return true
}

/** Whether four words are an address of 127.0.0.0/8 or ::1. */
function isLoopback(words: Uint32Array, at: number): boolean {
  if (words[at] !== 0 || words[at + 1] !== 0) return false
  const last = words[at + 3] as number
  if (words[at + 2] === mapped) return firstByte(last) === loopbackNet
  return words[at + 2] === 0 && last === lastOfLoopback
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1
const firstByte = (word: number): number => (isLittleEndian ? word & 0xff : word >>> 24)

/** Else a remote that chooses its ports could choose those that collide. */
const firstSeed = randomBytes(4).readInt32LE()
const secondSeed = randomBytes(4).readInt32LE()
