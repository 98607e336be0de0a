import type { ComponentSettings, ExporterFactory } from '../../config/component.ts'
import { type FileConfig, fileConfig } from './config.ts'
import { FileExporter, FileLogsExporter } from './exporter.ts'
import { SharedOutput } from './shared-output.ts'

/** By what the loader made of one exporter of the configuration. */
const outputs = new WeakMap<FileConfig, SharedOutput>()

export const fileFactory: ExporterFactory<FileConfig> = {
  type: 'file',
  stability: 'beta',
  description: 'Writes OTLP as JSON lines or protobuf into a file, with rotation.',
  config: fileConfig,
  isExclusive: () => true,
  create: (settings, config) => new FileExporter(settings, config, outputOf(settings, config)),
  createLogs: (settings, config) =>
    new FileLogsExporter(settings, config, outputOf(settings, config)),
}

function outputOf(settings: ComponentSettings, config: FileConfig): SharedOutput {
  const output = outputs.get(config) ?? new SharedOutput(settings, config)
  outputs.set(config, output)
  return output
}
