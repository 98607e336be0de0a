import type { ExporterFactory } from '../../config/component.ts'
import { type DebugConfig, debugConfig } from './config.ts'
import { DebugExporter, DebugLogsExporter, type WriteText } from './exporter.ts'

/** Text that a slow reader may leave unread before more is dropped. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024

export const debugFactory: ExporterFactory<DebugConfig> = {
  type: 'debug',
  stability: 'beta',
  description: 'Shows what passes, in the log or as text, for a person.',
  config: debugConfig,
  create: (settings, config) =>
    new DebugExporter(settings, config, writeTo(config.output_paths ?? ['stdout'])),
  createLogs: (settings, config) =>
    new DebugLogsExporter(settings, config, writeTo(config.output_paths ?? ['stdout'])),
}

function writeTo(paths: readonly ('stdout' | 'stderr')[]): WriteText {
  return (text) => {
    const writable = paths.filter((path) => process[path].writableLength < MAX_UNREAD_BYTES)
    for (const path of writable) process[path].write(text)
    return writable.length > 0
  }
}
