import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import { type Logs, severities } from '../../src/model/logs.ts'
import {
  type AnyValue,
  attributesOf,
  type KeyValues,
  modelAttributes,
  nanoseconds,
  valueText,
} from './otlp-points.ts'

const proto = await protobuf.load(
  fileURLToPath(new URL('../exporter/wire/fixtures/logs.proto', import.meta.url)),
)
const requestType = proto.lookupType('otlp.ExportLogsServiceRequest')
const responseType = proto.lookupType('otlp.ExportLogsServiceResponse')

interface OtlpLogRecord {
  timeUnixNano?: string
  observedTimeUnixNano?: string
  severityNumber?: number
  severityText?: string
  eventName?: string
  body?: AnyValue
  attributes?: KeyValues
  traceId?: unknown
  spanId?: unknown
}

export interface OtlpLogsRequest {
  resourceLogs?: {
    resource?: { attributes?: KeyValues }
    scopeLogs?: { scope?: { name?: string; version?: string }; logRecords?: OtlpLogRecord[] }[]
    schemaUrl?: string
  }[]
}

/** A log record with all that it stands under. */
export interface FlatRecord {
  readonly resource: Record<string, string>
  readonly schemaUrl: string
  readonly scope: string
  readonly time: string
  readonly observed: string
  readonly severity: string
  readonly eventName: string
  readonly body: string
  /** As `stringValue:x`, `intValue:5`. */
  readonly attributes: Record<string, string>
  readonly hasTrace: boolean
}

/** A request of OTLP logs as another library than ours decodes it. */
export function decodeLogsRequest(body: Uint8Array): OtlpLogsRequest {
  return requestType.toObject(requestType.decode(body), { longs: String })
}

/** Every field, those at their default too: to compare two encodings of one request. */
export function decodeEveryLogsField(body: Uint8Array): object {
  return requestType.toObject(requestType.decode(body), {
    longs: String,
    bytes: String,
    defaults: true,
  })
}

export function encodeLogsResponse(partialSuccess?: object): Uint8Array {
  const message = partialSuccess === undefined ? {} : { partialSuccess }
  return responseType.encode(responseType.fromObject(message)).finish()
}

/** Every log record of OTLP, decoded or as JSON. */
export function recordsOfOtlp(request: OtlpLogsRequest): FlatRecord[] {
  return (request.resourceLogs ?? []).flatMap(({ resource, scopeLogs, schemaUrl }) =>
    (scopeLogs ?? []).flatMap(({ scope, logRecords }) =>
      (logRecords ?? []).map((record) => ({
        resource: attributesOf(resource?.attributes),
        schemaUrl: schemaUrl ?? '',
        scope: `${scope?.name ?? ''}@${scope?.version ?? ''}`,
        ...ownOf(record),
      })),
    ),
  )
}

function ownOf(record: OtlpLogRecord): Omit<FlatRecord, 'resource' | 'schemaUrl' | 'scope'> {
  const { timeUnixNano = '0', observedTimeUnixNano = '0', severityText, severityNumber } = record
  return {
    time: timeUnixNano,
    observed: observedTimeUnixNano,
    severity: `${severityText} ${severityNumber}`,
    eventName: record.eventName ?? '',
    body: valueText(record.body ?? {}),
    attributes: attributesOf(record.attributes),
    hasTrace: Boolean(record.traceId) || Boolean(record.spanId),
  }
}

/** The same shape, from the model that was to be encoded. */
export function recordsOfModel({ resourceLogs }: Logs): FlatRecord[] {
  return resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ scope, logRecords }) =>
      logRecords.map((record) => ({
        resource: modelAttributes(resource.attributes),
        schemaUrl: resource.schemaUrl ?? '',
        scope: `${scope.name}@${scope.version ?? ''}`,
        time: nanoseconds(record.time),
        observed: nanoseconds(record.observedTime),
        severity: `${record.severity} ${severities[record.severity]}`,
        eventName: record.eventName,
        body: `stringValue:${record.body}`,
        attributes: modelAttributes(record.attributes),
        hasTrace: false,
      })),
    ),
  )
}
