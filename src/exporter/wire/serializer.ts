// The only file that knows @opentelemetry/otlp-transformer, which calls itself internal: its output is checked by
// tests with another decoder, its version is pinned.
import { ProtobufLogsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { type LogRecord, type Logs, type ResourceLogs, severities } from '../../model/logs.ts'
import { countPoints, type Metrics } from '../../model/metrics.ts'
import { countRecords, splitLogs } from '../../model/split-logs.ts'
import { splitMetrics } from '../../model/split-metrics.ts'
import { concatenated, type Format, writeResources } from './requests.ts'
import type { Wire } from './wire.ts'

const metricsFormat: Format<ResourceMetrics> = {
  count: (resource) => countPoints([resource]),
  split: splitMetrics,
  bare: (resource) => ({ ...resource, scopeMetrics: [] }),
  frame: concatenated,
  encode: (resource) => given(ProtobufMetricsSerializer.serializeRequest(resource)),
}

export const metricsWire: Wire<Metrics> = {
  write: async ({ resourceMetrics }, settings) =>
    writeResources(metricsFormat, resourceMetrics, settings),
}

const logsFormat: Format<ResourceLogs> = {
  count: countRecords,
  split: splitLogs,
  bare: (resource) => ({ ...resource, scopeLogs: [] }),
  frame: concatenated,
  encode: (resource) => given(ProtobufLogsSerializer.serializeRequest(readable(resource))),
}

export const logsWire: Wire<Logs> = {
  write: async ({ resourceLogs }, settings) => writeResources(logsFormat, resourceLogs, settings),
}

type ReadableLogRecord = Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0][number]

/** The serializer takes a flat list, and groups it again by the identity of resource and scope. */
function readable({ resource, scopeLogs }: ResourceLogs): ReadableLogRecord[] {
  // The enum of its severity numbers is in a package that nothing else needs.
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
  return scopeLogs.flatMap(({ scope, logRecords }) =>
    logRecords.map((record) => ({
      ...fieldsOf(record),
      resource,
      instrumentationScope: scope,
      droppedAttributesCount: 0,
    })),
  )
}

function fieldsOf({ time, observedTime, severity, eventName, body, attributes }: LogRecord) {
  return {
    hrTime: time,
    hrTimeObserved: observedTime,
    severityText: severity,
    severityNumber: severities[severity],
    body,
    eventName,
    attributes,
  }
}

function given(body: Uint8Array | undefined): Uint8Array {
  if (body === undefined) throw new Error('the OTLP serializer gave nothing')
  return body
}
