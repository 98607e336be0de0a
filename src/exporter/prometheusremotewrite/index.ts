import type { ExporterFactory } from '../../config/component.ts'
import { type RemoteWriteConfig, remoteWriteConfig } from './config.ts'
import { RemoteWriteExporter } from './exporter.ts'

export const remoteWriteFactory: ExporterFactory<RemoteWriteConfig> = {
  type: 'prometheusremotewrite',
  stability: 'alpha',
  description: "Sends by Prometheus' remote write, 1.0 or 2.0, for example to Prometheus or Mimir.",
  config: remoteWriteConfig,
  temporality: () => 'cumulative',
  create: (settings, config) => new RemoteWriteExporter(settings, config, process.env),
}
