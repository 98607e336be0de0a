import type { ComponentSettings } from '../config/component.ts'
import type { TelemetryConfig } from '../config/telemetry-config.ts'
import { prometheusConfig } from '../exporter/prometheus/config.ts'
import { PrometheusExporter } from '../exporter/prometheus/exporter.ts'
import type { MetricsOutlet } from '../model/component.ts'
import { formatEndpoint } from '../shared/listen.ts'

type Readers = NonNullable<TelemetryConfig['metrics']['readers']>

/** Pages that show the agent's own metrics and nothing else, as `service.telemetry.metrics.readers` wants them. */
export class OwnPages {
  readonly #settingsOf: (id: string) => ComponentSettings
  #pages: ReadonlyMap<string, PrometheusExporter> = new Map()

  constructor(settingsOf: (id: string) => ComponentSettings) {
    this.#settingsOf = settingsOf
  }

  get outlets(): readonly MetricsOutlet[] {
    return [...this.#pages.values()].map((consumer) => ({ temporality: 'cumulative', consumer }))
  }

  /**
   * Opens those that are wanted and not there, then closes the others.
   *
   * @throws NettracerError if one cannot be opened; then all is as before
   */
  async become(readers: Readers): Promise<void> {
    const wanted = new Map<string, PrometheusExporter>()
    const opened: PrometheusExporter[] = []
    try {
      for (const { pull } of readers) {
        const endpoint = formatEndpoint(pull.exporter.prometheus)
        const known = this.#pages.get(endpoint) ?? wanted.get(endpoint)
        const page = known ?? this.#create(endpoint)
        wanted.set(endpoint, page)
        if (known !== undefined) continue
        opened.push(page)
        await page.start()
      }
    } catch (error) {
      await Promise.all(opened.map((page) => page.shutdown()))
      throw error
    }
    const left = [...this.#pages.values()].filter((page) => ![...wanted.values()].includes(page))
    this.#pages = wanted
    await Promise.all(left.map((page) => page.shutdown()))
  }

  #create(endpoint: string): PrometheusExporter {
    return new PrometheusExporter(
      this.#settingsOf('service.telemetry.metrics'),
      prometheusConfig.parse({ endpoint }),
    )
  }
}
