import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Logs, ResourceLogs } from '../../model/logs.ts'
import { countPoints, type Metrics } from '../../model/metrics.ts'
import { countRecords, splitLogs } from '../../model/split-logs.ts'
import { splitMetrics } from '../../model/split-metrics.ts'
import { writeResourceMetrics } from './json.ts'
import { writeResourceLogs } from './logs-json.ts'
import { type Format, type Frame, writeResources } from './requests.ts'
import type { Wire } from './wire.ts'

const frameOf = (field: string): Frame => ({
  before: Buffer.from(`{"${field}":[`),
  between: Buffer.from(','),
  after: Buffer.from(']}'),
})

const metricsFormat: Format<ResourceMetrics> = {
  count: (resource) => countPoints([resource]),
  split: splitMetrics,
  bare: (resource) => ({ ...resource, scopeMetrics: [] }),
  encode: (resource) => Buffer.from(writeResourceMetrics(resource)),
  frame: frameOf('resourceMetrics'),
}

export const jsonMetricsWire: Wire<Metrics> = {
  write: async ({ resourceMetrics }, settings) =>
    writeResources(metricsFormat, resourceMetrics, settings),
}

const logsFormat: Format<ResourceLogs> = {
  count: countRecords,
  split: splitLogs,
  bare: (resource) => ({ ...resource, scopeLogs: [] }),
  encode: (resource) => Buffer.from(writeResourceLogs(resource)),
  frame: frameOf('resourceLogs'),
}

export const jsonLogsWire: Wire<Logs> = {
  write: async ({ resourceLogs }, settings) => writeResources(logsFormat, resourceLogs, settings),
}
