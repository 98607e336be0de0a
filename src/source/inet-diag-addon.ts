import { loadAddon } from './addon.ts'

export interface DiagSettings {
  /** Of the file that is the network namespace; absent for the agent's own. */
  readonly path?: string
  /** Wanted for events; the kernel may grant less. */
  readonly receiveBytes: number
  /** `enum sknetlink_groups` of include/uapi/linux/sock_diag.h, or `enum nfnetlink_groups` of nfnetlink_compat.h. */
  readonly groups: readonly number[]
  /** Sockets of connection tracking: their events are only of connections with a translated address. Default false. */
  readonly isConntrack?: boolean
}

export interface Opened {
  readonly netns: number
  readonly receiveBytes: number
  /** `net.netfilter.nf_conntrack_events`: 0 never, 1 always, 2 for those who listen; -1 if it is not told. */
  readonly conntrackEvents: number
}

/** The addon's class (native/socket_diag.cc). Errors carry a `code` of the table in shared/errors.ts. */
export interface SocketDiag {
  /** Blocks for the moment that a thread needs to enter the namespace. @returns its inode number */
  open(settings: DiagSettings): Opened
  /**
   * Sends a request, or reads on in the answer to the last. Not on this thread.
   *
   * @returns bytes of whole datagrams
   */
  dump(request: Uint8Array | undefined, into: Uint8Array): Promise<number>
  /** Sends `count` requests, each with one answer. @returns bytes */
  ask(requests: Uint8Array, count: number, into: Uint8Array): number
  /** Reads events. @returns bytes; less than 8 KiB short of the buffer: more may wait */
  drain(into: Uint8Array): number
  /** How often the kernel dropped events because the buffer for them was full. */
  overruns(): number
  close(): void
}

export interface OwnersFound {
  /** Inode of a socket, then the pid of a process that has it open, and so on. */
  readonly owners: Uint32Array
  /** Not all links were looked at. */
  readonly isCut: boolean
}

interface Addon {
  readonly SocketDiag: new () => SocketDiag
  /**
   * Looks for sockets among the open files of all processes, not on this thread.
   *
   * @param inodes ascending
   * @param likely pids to look at first
   */
  findSocketOwners(
    procRoot: string,
    inodes: Uint32Array,
    likely: Uint32Array,
    maxLinks: number,
  ): Promise<OwnersFound>
}

/** @throws NettracerError NETTRACER_ERR_ADDON_MISSING */
export function createSocketDiag(): SocketDiag {
  return new (addon().SocketDiag)()
}

/** @throws NettracerError NETTRACER_ERR_ADDON_MISSING */
export const findSocketOwners: Addon['findSocketOwners'] = (...search) =>
  addon().findSocketOwners(...search)

const addon = (): Addon => loadAddon() as Addon
