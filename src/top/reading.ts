import type { Role } from '../connection/flow.ts'
import type { OpenConnection } from '../connection/open-connection.ts'
import type { Source } from '../source/source.ts'
import type { Tally } from './tally.ts'

export const groupings = ['process', 'connection', 'peer', 'listener'] as const
/** What a line of the table is (`--by`). */
export type Grouping = (typeof groupings)[number]

/** Whose a connection is. Foreign text: escape it on output. */
export interface Owner {
  /** `namespace/name`; the executable where nobody named the service, `(unknown)` where no process is known. */
  readonly service: string
  readonly executable: string
  /** 0 if unknown. */
  readonly pid: number
  readonly containerId: string | undefined
  readonly systemdUnit: string | undefined
}

export interface ProcessRow {
  readonly owner: Owner
  readonly tally: Tally
}

export interface ConnectionRow {
  readonly owner: Owner
  /** The service at the other end, as in `PeerRow`. */
  readonly peerService?: string | undefined
  readonly connection: OpenConnection
}

export interface PeerRow {
  readonly role: Role
  /** The service port; 0 where the role is unknown. */
  readonly port: number
  readonly address: string
  /** Its service, `namespace/name`, where it is on this host and known. */
  readonly service?: string | undefined
  readonly tally: Tally
}

/** The sockets that listen on one address and port of one network namespace: several with SO_REUSEPORT. */
export interface ListenerRow {
  /** Of the first of them. */
  readonly owner: Owner
  readonly netns: number
  readonly address: string
  readonly port: number
  sockets: number
  /** Connections that wait to be accepted, and the most that may. */
  backlog: number
  backlogLimit: number
  /** Handshakes dropped in the interval because the queue was full. */
  overflows: number
  /** Accepted or waiting, open at the end of the interval. */
  open: number
}

/** Rows beyond what is kept, as one. */
export interface Rest {
  rows: number
  readonly tally: Tally
}

/** One interval of this host. */
export interface Reading {
  readonly host: string
  /** What it was read with. */
  readonly source: Source['name']
  /** Of the wall clock. */
  readonly endMs: number
  /** Real length of the interval. */
  readonly seconds: number
  readonly total: Tally
  /** SYNs to ports where nobody listens; `undefined` if the source does not know. */
  readonly rejected: number | undefined
  /** Counts that found no room in the kernel's tables since the start, and are missing here. */
  readonly lost: number
  readonly processes: readonly ProcessRow[]
  readonly connections: readonly ConnectionRow[]
  readonly peers: readonly PeerRow[]
  readonly listeners: readonly ListenerRow[]
  readonly rest: Readonly<Record<Grouping, Rest>>
  /** What connections did that had ended by the end of the interval. */
  readonly ended: Tally
}
