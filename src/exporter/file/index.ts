import type { ExporterFactory } from '../../config/component.ts'
import { type FileConfig, fileConfig } from './config.ts'
import { FileExporter } from './exporter.ts'

export const fileFactory: ExporterFactory<FileConfig> = {
  type: 'file',
  stability: 'beta',
  description: 'Writes OTLP JSON lines into a file, with rotation.',
  config: fileConfig,
  create: (settings, config) => new FileExporter(settings, config),
}
