import type { ComponentSettings, ExtensionFactory, Extensions } from '../config/component.ts'
import type { ConfiguredComponent } from '../config/components.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Extension } from '../model/component.ts'
import type { Storage } from '../model/storage.ts'
import { NettracerError } from '../shared/errors.ts'
import type { NamedComponent } from './pipelines.ts'

/** The extensions that are in use; other components find them here by their ids. */
export class ExtensionSet implements Extensions {
  readonly #extensions = new Map<string, Extension>()

  /** In the order of `service.extensions`. */
  build(config: LoadedConfig, settingsOf: (id: string) => ComponentSettings): NamedComponent[] {
    return config.service.extensions.map((id) => {
      const component = create(config.extensions.get(id), settingsOf(id))
      this.#extensions.set(id, component)
      return { id, component }
    })
  }

  storage(id: string): Storage {
    const storage = this.#extensions.get(id)?.storage
    if (storage !== undefined) return storage
    throw new NettracerError(
      'NETTRACER_ERR_CONFIG_INVALID',
      `no extension ${JSON.stringify(id)} that keeps things is in use`,
    )
  }
}

/** The loader has checked that only what is defined is named. */
function create(
  configured: ConfiguredComponent<ExtensionFactory> | undefined,
  settings: ComponentSettings,
): Extension {
  if (configured === undefined) throw new TypeError(`extension ${settings.id} is not defined`)
  return configured.factory.create(settings, configured.config)
}
