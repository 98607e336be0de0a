import type { ProcessKey } from './process.ts'

/**
 * SYN cookies of one network namespace since the last report: the kernel counts them there, not by socket. Whose they
 * are is known where the sockets that listen in it are of one process.
 */
export interface SynCookies {
  /** `undefined` if several processes listen in the namespace. */
  readonly process: ProcessKey | undefined
  /** Of the process, if it listens on one port only; else 0. */
  readonly port: number
  /** SYNs answered with a cookie, because the queue for them was full (`SyncookiesSent`). */
  readonly sent: number
  /** Acknowledgements with a valid cookie (`SyncookiesRecv`). */
  readonly received: number
  /** Acknowledgements whose cookie was not valid (`SyncookiesFailed`). */
  readonly failed: number
}
