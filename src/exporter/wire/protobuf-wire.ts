import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Logs, ResourceLogs } from '../../model/logs.ts'
import { countPoints, type Metrics } from '../../model/metrics.ts'
import { countRecords, splitLogs } from '../../model/split-logs.ts'
import { splitMetrics } from '../../model/split-metrics.ts'
import { encodeLogs } from './encode/logs.ts'
import { encodeMetrics } from './encode/metrics.ts'
import { concatenated, type Format, writeResources } from './requests.ts'
import type { Wire } from './wire.ts'

const metricsFormat: Format<ResourceMetrics> = {
  count: (resource) => countPoints([resource]),
  split: splitMetrics,
  bare: (resource) => ({ ...resource, scopeMetrics: [] }),
  frame: concatenated,
  encode: encodeMetrics,
}

export const protobufMetricsWire: Wire<Metrics> = {
  write: async ({ resourceMetrics }, settings) =>
    writeResources(metricsFormat, resourceMetrics, settings),
}

const logsFormat: Format<ResourceLogs> = {
  count: countRecords,
  split: splitLogs,
  bare: (resource) => ({ ...resource, scopeLogs: [] }),
  frame: concatenated,
  encode: encodeLogs,
}

export const protobufLogsWire: Wire<Logs> = {
  write: async ({ resourceLogs }, settings) => writeResources(logsFormat, resourceLogs, settings),
}
