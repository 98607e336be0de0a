import type { ExporterFactory } from '../../config/component.ts'
import type { ConsoleConfig } from './config.ts'
import { consoleConfig } from './config.ts'
import { ConsoleExporter } from './exporter.ts'
import { ConsoleOutput } from './output.ts'

/** `console`: what is going on, on standard output. */
export const consoleFactory: ExporterFactory<ConsoleConfig> = {
  type: 'console',
  stability: 'beta',
  description:
    'Shows each interval on standard output: a live table on a terminal, lines in a pipe.',
  config: consoleConfig,
  isExclusive: () => true,
  create(settings, config) {
    const output = new ConsoleOutput({
      stream: process.stdout,
      color: config.color,
      environment: process.env,
      logger: settings.telemetry.logger,
    })
    return new ConsoleExporter(settings, config, output)
  },
}
