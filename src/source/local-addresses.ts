import { randomBytes } from 'node:crypto'

const addressWords = 4
const fewestSlots = 64
/** More than a host has; who wants to fill it must bind as many of its addresses. */
const mostAddresses = 1 << 14

/** Addresses that sockets of this host have. Four words each, as in a record. Never forgets: one too many costs time only. */
export class LocalAddresses {
  #mask = fewestSlots - 1
  /** All zero where there is none: 0.0.0.0 is no address of a socket's own, nor is ::. */
  #slots = new Uint32Array(fewestSlots * addressWords)
  size = 0

  add(words: Uint32Array, at: number): void {
    const slot = this.#find(words, at)
    if (slot < 0 || this.size >= mostAddresses) return
    this.#slots.set(words.subarray(at, at + addressWords), slot * addressWords)
    this.size += 1
    if (this.size * 2 > this.#mask) this.#grow()
  }

  has(words: Uint32Array, at: number): boolean {
    return this.#find(words, at) < 0 && !isZero(words, at)
  }

  /** @returns the empty slot where it would stand; -1 if it is there, or is no address */
  #find(words: Uint32Array, at: number): number {
    if (isZero(words, at)) return -1
    let slot = hash(words, at) & this.#mask
    for (;;) {
      const known = slot * addressWords
      if (isZero(this.#slots, known)) return slot
      if (isEqual(this.#slots, known, words, at)) return -1
      slot = (slot + 1) & this.#mask
    }
  }

  #grow(): void {
    const before = this.#slots
    this.#mask = this.#mask * 2 + 1
    this.#slots = new Uint32Array(before.length * 2)
    this.size = 0
    for (let at = 0; at < before.length; at += addressWords) this.add(before, at)
  }
}

function isZero(words: Uint32Array, at: number): boolean {
  // The last word of an address is zero of few, so that is asked first.
  if (words[at + 3] !== 0 || words[at] !== 0 || words[at + 1] !== 0) return false
  return words[at + 2] === 0 || words[at + 2] === mapped
}

function isEqual(one: Uint32Array, at: number, other: Uint32Array, otherAt: number): boolean {
  return (
    one[at + 3] === other[otherAt + 3] &&
    one[at + 2] === other[otherAt + 2] &&
    one[at + 1] === other[otherAt + 1] &&
    one[at] === other[otherAt]
  )
}

function hash(words: Uint32Array, at: number): number {
  let mixed = seed
  for (let word = 0; word < addressWords; word += 1) {
    mixed = Math.imul(mixed ^ (words[at + word] as number), 0x85ebca6b)
    mixed ^= mixed >>> 13
  }
  return mixed >>> 0
}

const mapped = new Uint32Array(Uint8Array.of(0, 0, 0xff, 0xff).buffer)[0] as number
const seed = randomBytes(4).readInt32LE()
