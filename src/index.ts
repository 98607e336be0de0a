/** What other programs may use: to check a configuration, and to run one with components of their own. */
export type {
  ComponentFactory,
  ComponentSettings,
  ExporterFactory,
  ProcessorFactory,
  ReceiverFactory,
  Stability,
} from './config/component.ts'
export type { Catalogue } from './config/components.ts'
export { ConfigError, type ConfigIssue, formatIssue, type Place } from './config/issue.ts'
export { type LoadedConfig, loadConfig } from './config/load.ts'
export type {
  Component,
  Consumer,
  LogsConsumer,
  LogsExporter,
  LogsProcessor,
  MetricsConsumer,
  MetricsExporter,
  MetricsOutlet,
  MetricsProcessor,
} from './model/component.ts'
export type { LogRecord, Logs, ResourceLogs, ScopeLogs, Severity } from './model/logs.ts'
export type { Metrics, Temporality } from './model/metrics.ts'
export { registry } from './service/registry.ts'
export { Service, type ServiceSettings } from './service/service.ts'
export { version } from './service/version.ts'
export { type ErrorCode, errorCodes, NettracerError } from './shared/errors.ts'
export type { LogFields, Logger, Telemetry } from './telemetry/telemetry.ts'
