import type { Extensions } from '../config/component.ts'
import type { Extension } from '../model/component.ts'
import type { Storage } from '../model/storage.ts'
import { NettracerError } from '../shared/errors.ts'

/** The extensions that run; other components find them here by their ids. */
export class ExtensionSet implements Extensions {
  #running: ReadonlyMap<string, Extension> = new Map()

  replace(running: Iterable<{ readonly id: string; readonly component: Extension }>): void {
    this.#running = new Map([...running].map(({ id, component }) => [id, component]))
  }

  storage(id: string): Storage {
    const storage = this.#running.get(id)?.storage
    if (storage !== undefined) return storage
    throw new NettracerError(
      'NETTRACER_ERR_CONFIG_INVALID',
      `no extension ${JSON.stringify(id)} that keeps things is in use`,
    )
  }
}
