// The only file that knows @opentelemetry/otlp-transformer, which calls itself internal: its output is checked by
// tests with another decoder, its version is pinned.
import { ProtobufLogsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { type LogRecord, type Logs, type ResourceLogs, severities } from '../../model/logs.ts'
import { countPoints, type Metrics } from '../../model/metrics.ts'
import { countRecords, splitLogs } from '../../model/split-logs.ts'
import { splitMetrics } from '../../model/split-metrics.ts'
import { type Format, type WriteSettings, writeResources } from './requests.ts'

/** A signal on the wire. */
export interface Wire<Batch> {
  /** Path of the gRPC method. */
  readonly method: string
  /** Encodes a batch as requests of a limited size, giving others a turn in between. */
  write(batch: Batch, settings: WriteSettings): Promise<void>
  /** Decodes the answer to a request. @throws on malformed bytes */
  readPartialSuccess(body: Uint8Array): { rejectedItems: number; message: string }
}

const collector = '/opentelemetry.proto.collector'

const metricsFormat: Format<ResourceMetrics> = {
  count: (resource) => countPoints([resource]),
  split: splitMetrics,
  bare: (resource) => ({ ...resource, scopeMetrics: [] }),
  encode: (resource) => given(ProtobufMetricsSerializer.serializeRequest(resource)),
}

export const metricsWire: Wire<Metrics> = {
  method: `${collector}.metrics.v1.MetricsService/Export`,
  write: async ({ resourceMetrics }, settings) =>
    writeResources(metricsFormat, resourceMetrics, settings),
  readPartialSuccess(body) {
    const { partialSuccess } = ProtobufMetricsSerializer.deserializeResponse(body)
    return {
      rejectedItems: partialSuccess?.rejectedDataPoints ?? 0,
      message: partialSuccess?.errorMessage ?? '',
    }
  },
}

const logsFormat: Format<ResourceLogs> = {
  count: countRecords,
  split: splitLogs,
  bare: (resource) => ({ ...resource, scopeLogs: [] }),
  encode: (resource) => given(ProtobufLogsSerializer.serializeRequest(readable(resource))),
}

export const logsWire: Wire<Logs> = {
  method: `${collector}.logs.v1.LogsService/Export`,
  write: async ({ resourceLogs }, settings) => writeResources(logsFormat, resourceLogs, settings),
  readPartialSuccess(body) {
    const { partialSuccess } = ProtobufLogsSerializer.deserializeResponse(body)
    return {
      rejectedItems: partialSuccess?.rejectedLogRecords ?? 0,
      message: partialSuccess?.errorMessage ?? '',
    }
  },
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
