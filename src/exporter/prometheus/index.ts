import type { ExporterFactory } from '../../config/component.ts'
import type { PrometheusConfig } from './config.ts'
import { prometheusConfig } from './config.ts'
import { PrometheusExporter } from './exporter.ts'

/** `prometheus`: a page that Prometheus scrapes. */
export const prometheusFactory: ExporterFactory<PrometheusConfig> = {
  type: 'prometheus',
  stability: 'beta',
  description: 'Serves the current value of each series on /metrics, for Prometheus to scrape.',
  config: prometheusConfig,
  isExclusive: () => true,
  temporality: () => 'cumulative',
  create: (settings, config) => new PrometheusExporter(settings, config),
}
