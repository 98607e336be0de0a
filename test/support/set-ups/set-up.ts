import type { Attributes } from './expected.ts'

/** One way in which a process can stand on a host. */
export interface SetUp {
  readonly name: string
  /** The side whose resource is looked at. Default: client. */
  readonly role?: 'client' | 'server'
  /** Its processes are gone at once: whether the path of their executable was still to be read is chance. */
  readonly isShort?: true
  /** What it is called is told by others, after it connected: what counts is what is said of it at the end. */
  readonly isNamedLater?: true
  /**
   * Starts it: a client connects to the port, sends something, and stays or goes.
   *
   * @returns resources expected, told by what was started here, by /proc, by the engine or by the SDK itself
   */
  start(port: number): Promise<readonly Attributes[]>
}
