import type { ComponentSettings, ExporterFactory } from '../../config/component.ts'
import { type FileConfig, fileConfig } from './config.ts'
import { FileExporter, FileLogsExporter } from './exporter.ts'
import { GroupedOutput } from './grouped-output.ts'
import { type Output, SharedOutput } from './shared-output.ts'

/** By what the loader made of one exporter of the configuration. */
const outputs = new WeakMap<FileConfig, Output>()

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

function outputOf(settings: ComponentSettings, config: FileConfig): Output {
  const isGrouped = config.group_by?.enabled === true
  const Kind = isGrouped ? GroupedOutput : SharedOutput
  const output = outputs.get(config) ?? new Kind(settings, config)
  outputs.set(config, output)
  return output
}
