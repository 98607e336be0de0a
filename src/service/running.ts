import type { LoadedConfig } from '../config/load.ts'
import { type Change, changeOf, forgetting } from './change.ts'
import type { ExtensionSet } from './extensions.ts'
import type { Lifecycle, Stages } from './lifecycle.ts'
import {
  type AnyExporterNode,
  exportersOf,
  type NamedComponent,
  noPipelines,
  type Pipelines,
  processorsOf,
} from './nodes.ts'
import { type BuildSettings, buildPipelines } from './pipelines.ts'

export interface RunningSettings extends BuildSettings {
  readonly extensions: ExtensionSet
  readonly lifecycle: Lifecycle
}

/** As long as requests are sent again by default, and as much again. */
const mostRetiringMs = 600_000

/** The pipelines that run, and how they become others. Calls come one after the other. */
export class RunningPipelines {
  readonly #settings: RunningSettings
  #pipelines: Pipelines = noPipelines
  /** Exporters that were replaced or left out, and still send what they hold. */
  readonly #retiring = new Set<Promise<void>>()
  readonly #ends = new AbortController()

  constructor(settings: RunningSettings) {
    this.#settings = settings
  }

  /** Makes the components; nothing is opened. */
  build(config: LoadedConfig): Pipelines {
    return buildPipelines(config, this.#settings, this.#pipelines)
  }

  /**
   * What is the same goes on, what is new starts, what is not there any more stops once nothing leads to it.
   *
   * @param next made by {@link build} of what runs
   * @throws what a component throws. What runs then is what could be; another change from there may follow
   */
  async become(next: Pipelines): Promise<void> {
    const { lifecycle, extensions, logger } = this.#settings
    const change = changeOf(this.#pipelines, next)
    await this.#makeWay(change)
    extensions.replace(next.extensions)
    await lifecycle.start(beginnings(change))
    for (const exporter of change.newExporters) exporter.connect()
    this.#pipelines = next
    try {
      await this.#changeReceivers(change)
    } finally {
      await this.#stopOld(change, next)
    }
    logger.debug('pipelines are joined', {
      started: beginnings(change).flat().length + change.newReceivers.length,
      replaced_exporters: change.inTheWay.length + change.oldExporters.length,
    })
  }

  /** Receivers end, then what they feed. */
  async stopReceivers(): Promise<void> {
    await this.#settings.lifecycle.stop([this.#pipelines.receivers])
  }

  /** Hands on and sends what is held. */
  async stopRest(): Promise<void> {
    const { extensions } = this.#pipelines
    this.#ends.abort()
    await this.#settings.lifecycle.stop([
      ...alone(processorsOf(this.#pipelines)).toReversed(),
      exportersOf(this.#pipelines),
    ])
    await Promise.all(this.#retiring)
    await this.#settings.lifecycle.stop(alone(extensions).toReversed())
  }

  async #stopLater(exporter: AnyExporterNode): Promise<void> {
    const signal = AbortSignal.any([this.#ends.signal, AbortSignal.timeout(mostRetiringMs)])
    await exporter.component.idle?.(signal)
    await this.#settings.lifecycle.stop([[exporter]])
  }

  async #makeWay({ inTheWay, oldExtensions }: Change): Promise<void> {
    for (const { slot } of inTheWay) slot.clear()
    this.#pipelines = forgetting(this.#pipelines, [...inTheWay, ...oldExtensions])
    await this.#settings.lifecycle.stop([inTheWay, ...alone(oldExtensions).toReversed()])
  }

  async #changeReceivers(change: Change): Promise<void> {
    const { lifecycle } = this.#settings
    await lifecycle.stop([change.oldReceivers])
    for (const { component } of change.oldReceivers) component.retire?.()
    for (const { reconfigure } of change.changedReceivers) await reconfigure?.()
    await lifecycle.start([change.newReceivers])
  }

  async #stopOld(change: Change, next: Pipelines): Promise<void> {
    const { lifecycle } = this.#settings
    for (const { components } of change.oldChains) {
      await lifecycle.stop(alone(components).toReversed())
    }
    const places = new Set(exportersOf(next).map(({ slot }) => slot))
    for (const { slot } of change.inTheWay) if (!places.has(slot)) slot.close()
    for (const exporter of change.oldExporters) this.#retire(exporter)
  }

  /** It has time to send what it holds; a dead backend is not waited for. */
  #retire(exporter: AnyExporterNode): void {
    const stopped = this.#stopLater(exporter).finally(() => {
      this.#retiring.delete(stopped)
    })
    this.#retiring.add(stopped)
  }
}

/** All but receivers: consumers before what feeds them. */
function beginnings({ newExtensions, newExporters, newProcessors }: Change): Stages {
  return [...alone(newExtensions), newExporters, ...alone(newProcessors)]
}

function alone(components: readonly NamedComponent[]): NamedComponent[][] {
  return components.map((one) => [one])
}
