import { setImmediate } from 'node:timers/promises'
import { NettracerError } from '../shared/errors.ts'
import type { Opened, SocketDiag } from './inet-diag-addon.ts'
import { NatReader, natDumpRequest, natStatus, newConnections } from './nat-message.ts'
import type { NatTable } from './nat-table.ts'

/** Limits of the kernel, not allocated: some 6,000 connections that wait to be read. */
const receiveBytes = 4 << 20
/** The addon reads no further when a message may not fit any more. */
const largestMessage = 8 << 10

export interface NatNamespaceSettings {
  readonly diag: SocketDiag
  readonly table: NatTable
  /** Of the file that is the network namespace; absent for the agent's own. */
  readonly path?: string
  /** Of one dump; what is longer is given up. */
  readonly mostDumpBytes: number
}

/** The connection tracking of one network namespace: its word on new connections that are translated. */
export class NatNamespace {
  readonly #diag: SocketDiag
  readonly #table: NatTable
  readonly #mostDumpBytes: number
  readonly #reader = new NatReader()
  readonly netns: number
  /** The kernel tells of nothing: each collection must ask. */
  readonly isSilent: boolean
  #sequence = 0
  #overrunsSeen = 0
  #needsDump = true
  /** Translated connections that were told. */
  entries = 0
  unknownMessages = 0
  dumps = 0

  /** @throws NettracerError NETTRACER_ERR_CONNTRACK_ABSENT, NETTRACER_ERR_NETLINK_OPEN */
  constructor({ diag, table, path, mostDumpBytes }: NatNamespaceSettings) {
    const opened: Opened = diag.open({
      ...(path !== undefined && { path }),
      receiveBytes,
      groups: [newConnections],
      isConntrack: true,
    })
    this.#diag = diag
    this.#table = table
    this.#mostDumpBytes = mostDumpBytes
    this.netns = opened.netns
    this.isSilent = opened.conntrackEvents === 0
  }

  get overruns(): number {
    return this.#diag.overruns()
  }

  /** Reads what waits. @param into shared by all namespaces */
  drain(into: Uint8Array): void {
    for (;;) {
      const length = this.#diag.drain(into)
      if (length === 0) return
      this.#read(into.subarray(0, length), undefined)
      if (length <= into.length - largestMessage) return
    }
  }

  /**
   * Reads all translated connections, if some may not have been told.
   *
   * @throws NettracerError NETTRACER_ERR_NETLINK_READ
   */
  async catchUp(into: Uint8Array): Promise<void> {
    const { overruns } = this
    if (!this.#needsDump && !this.isSilent && overruns === this.#overrunsSeen) return
    this.#overrunsSeen = overruns
    this.#needsDump = false
    this.dumps += 1
    for (const status of [natStatus.source, natStatus.target]) await this.#dump(status, into)
  }

  close(): void {
    this.#diag.close()
  }

  async #dump(status: number, into: Uint8Array): Promise<void> {
    this.#sequence += 1
    let request: Uint8Array | undefined = natDumpRequest(status, this.#sequence)
    for (let total = 0; total < this.#mostDumpBytes; ) {
      const length = await this.#diag.dump(request, into)
      request = undefined
      const { error, isDone } = this.#read(into.subarray(0, length), this.#sequence)
      if (error !== 0) throw refusal(`errno ${error}`)
      if (isDone || length === 0) return
      total += length
      await setImmediate()
    }
    // The rest of the answer still waits in the socket.
    throw refusal('the answer does not end')
  }

  #read(bytes: Uint8Array, sequence: number | undefined) {
    const outcome = this.#reader.read(bytes, sequence, (from, to) =>
      this.#table.add(this.netns, from, to),
    )
    this.entries += outcome.entries
    this.unknownMessages += outcome.unknown
    return outcome
  }
}

const refusal = (why: string): NettracerError =>
  new NettracerError(
    'NETTRACER_ERR_NETLINK_READ',
    `translated connections could not be read: ${why}`,
  )
