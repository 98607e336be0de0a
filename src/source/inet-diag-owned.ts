import type { ProcessKey } from '../connection/process.ts'
import type { SocketMessage } from './inet-diag-message.ts'
import { nobody } from './inet-diag-processes.ts'

/** Searches for its process before a socket stays without. */
const mostSearches = 3

/** Complete dumps that must miss a socket: one may leave out a socket while others beside it come and go. */
export const dumpsMissed = 2

/** What every socket has that dumps meet: a process to look for, and dumps that missed it. */
export class OwnedSocket {
  readonly cookie: number
  #inode = 0
  #cgroupId = 0n
  #searches = 0
  process: ProcessKey | undefined
  /** Number of the dump that met it last; 0 before the first. */
  metBy = 0
  /** Complete dumps in a row that did not. */
  missed = 0

  constructor(message: SocketMessage) {
    this.cookie = message.cookie
  }

  get inode(): number {
    return this.#inode
  }

  /** Without a process still what the kernel told: the cgroup. */
  get owner(): ProcessKey {
    return this.process ?? { ...nobody, cgroupId: this.#cgroupId }
  }

  meet(message: SocketMessage, dump: number): void {
    this.#inode = message.inode || this.#inode
    this.#cgroupId = message.cgroupId ?? this.#cgroupId
    this.metBy = dump
    this.missed = 0
  }

  /** Whether to look for its process: so many times and no more. */
  seek(): boolean {
    const isSought =
      this.process === undefined && this.#inode !== 0 && this.#searches < mostSearches
    if (isSought) this.#searches += 1
    return isSought
  }
}

/** Adds the inodes whose process is to be looked for. */
export function addSought(sockets: Iterable<OwnedSocket>, inodes: Set<number>): void {
  for (const socket of sockets) if (socket.seek()) inodes.add(socket.inode)
}

/** @param onFound called for each socket whose process was not known */
export function setOwners<Socket extends OwnedSocket>(
  sockets: Iterable<Socket>,
  owners: ReadonlyMap<number, ProcessKey>,
  onFound: (socket: Socket) => void = () => {},
): void {
  if (owners.size === 0) return
  for (const socket of sockets) {
    const owner = socket.process === undefined ? owners.get(socket.inode) : undefined
    if (owner === undefined) continue
    socket.process = owner
    onFound(socket)
  }
}

export function countUnowned(sockets: Iterable<OwnedSocket>): number {
  let count = 0
  for (const { process } of sockets) if (process === undefined) count += 1
  return count
}

/** Counts sockets that do not fit, each once although every dump meets it again. */
export class LeftOut {
  #before = 0
  #now = 0
  total = 0

  add(): void {
    this.#now += 1
  }

  endDump(isComplete: boolean): void {
    this.total += Math.max(this.#now - this.#before, 0)
    this.#before = isComplete ? this.#now : Math.max(this.#now, this.#before)
    this.#now = 0
  }
}

/** Cookies of sockets whose life was counted and that may yet end. The oldest go first when there are too many. */
export class CountedLives {
  readonly #cookies = new Set<number>()
  readonly #capacity: number
  /** How many went. */
  dropped = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  add(cookie: number): void {
    const [oldest] = this.#cookies
    if (this.#cookies.size >= this.#capacity && oldest !== undefined) {
      this.#cookies.delete(oldest)
      this.dropped += 1
    }
    this.#cookies.add(cookie)
  }

  /** @returns whether it was among them */
  take(cookie: number): boolean {
    return this.#cookies.delete(cookie)
  }
}
