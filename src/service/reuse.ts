import type {
  ComponentFactory,
  ExporterFactory,
  ExtensionFactory,
  ProcessorFactory,
  ReceiverFactory,
} from '../config/component.ts'
import type { Components, ConfiguredComponent } from '../config/components.ts'
import { effectiveKey } from '../config/effective.ts'
import { usesOf } from '../config/extensions.ts'
import type { LoadedConfig } from '../config/load.ts'

type Find<Factory> = (id: string) => ConfiguredComponent<Factory>
type KeyOf = (id: string) => string

/** Components of a configuration, and for each a key that says by what it runs, its extensions included. */
export interface Keys {
  readonly receivers: Find<ReceiverFactory>
  readonly processors: Find<ProcessorFactory>
  readonly exporters: Find<ExporterFactory>
  readonly extensions: Find<ExtensionFactory>
  readonly receiver: KeyOf
  readonly processor: KeyOf
  readonly exporter: KeyOf
  readonly extension: KeyOf
  /** Ids of extensions. */
  readonly usesOfExporter: (id: string) => readonly string[]
}

export function configuredBy(config: LoadedConfig): Keys {
  const extensions = finder(config.extensions)
  const keyed = <Factory extends ComponentFactory>(find: Find<Factory>): KeyOf => {
    return (id) => {
      const used = usesOf(find(id)).map((use) => [use.id, effectiveKey(extensions(use.id))])
      return JSON.stringify([effectiveKey(find(id)), used])
    }
  }
  const receivers = finder(config.receivers)
  const processors = finder(config.processors)
  const exporters = finder(config.exporters)
  return {
    receivers,
    processors,
    exporters,
    extensions,
    receiver: keyed(receivers),
    processor: keyed(processors),
    exporter: keyed(exporters),
    extension: keyed(extensions),
    usesOfExporter: (id) => usesOf(exporters(id)).map((use) => use.id),
  }
}

/** The loader has checked that only what is defined is named. */
function finder<Factory>(components: Components<Factory>): Find<Factory> {
  return (id) => {
    const found = components.get(id)
    if (found === undefined) throw new TypeError(`component ${id} is not defined`)
    return found
  }
}
