import type { ContainerFacts } from './directory.ts'

/** Where a runtime tells its containers. */
export interface RuntimeSink {
  /** All that it has: others that it told of before have ended. */
  list(containers: readonly ContainerFacts[]): void
  put(container: ContainerFacts): void
  /** @param facts if the end tells them: nobody may have told of it before */
  end(containerId: string, facts?: ContainerFacts): void
  /** Something that is no such message, or too long. */
  malformed(): void
}

/** The API of one runtime, over its socket. */
export interface Runtime {
  /** For the log. */
  readonly path: string
  /**
   * Tells what there is, and then what changes, until the runtime goes away.
   *
   * @throws NotServed if something else listens there
   * @throws what else kept it from telling, also the end of the connection
   */
  follow(sink: RuntimeSink, signal: AbortSignal): Promise<never>
  /** Asks who it is: `docker 20.10.24`. */
  identify(signal: AbortSignal): Promise<string>
  /** Somebody asked for a container that is not known: a runtime that has to be polled may look earlier. */
  missed?(containerId: string): void
}

/** It runs, but does not serve this API: there is no use in asking it often. */
export class NotServed extends Error {}
