import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import type { ComponentSettings, Extensions } from '../../src/config/component.ts'
import type { AgentView } from '../../src/telemetry/agent-view.ts'
import { HealthBook } from '../../src/telemetry/health.ts'
import type { LogFields, Logger } from '../../src/telemetry/telemetry.ts'

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** Where no extension is in use. */
export const noExtensions: Extensions = {
  storage(id) {
    throw new Error(`no extension ${id}`)
  },
}

/** One of which nothing is wrong. */
export const quietAgent: AgentView = {
  version: '1.2.3',
  startedMs: 0,
  notRunning: () => undefined,
  problems: () => [],
  components: () => ({ extensions: [], pipelines: {} }),
  recentLines: () => [],
  ownMetrics: async () => undefined,
}

export interface RecordedLine {
  readonly level: string
  readonly message: string
  readonly fields: LogFields
}

/** Settings for a component whose log lines and own metrics a test reads back. */
export function recordedSettings(id: string, extensions: Extensions = noExtensions) {
  const lines: RecordedLine[] = []
  const log =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields })
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    limited: (level, _kind, message, fields) => log(level)(message, fields),
  }
  const reader = new ManualReader()
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test')
  const health = new HealthBook()
  const settings: ComponentSettings = {
    id,
    version: '1.2.3',
    telemetry: { logger, meter, health: health.of(id) },
    extensions,
    host: { attributes: { 'host.name': 'testhost', 'os.type': 'linux' }, system: {} },
  }

  /** Own metrics as `name{attribute=value}` to value. */
  async function readings(): Promise<Record<string, number>> {
    const found: Record<string, number> = {}
    const { resourceMetrics } = await reader.collect()
    for (const metric of resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)) {
      for (const { attributes, value } of metric.dataPoints) {
        const labels = Object.entries(attributes).map(([key, text]) => `${key}=${String(text)}`)
        if (typeof value === 'number') found[`${metric.descriptor.name}{${labels.join()}}`] = value
      }
    }
    return found
  }
  return { settings, lines, readings, problems: () => health.problems() }
}
