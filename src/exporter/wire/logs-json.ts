import { type LogRecord, type ResourceLogs, type ScopeLogs, severities } from '../../model/logs.ts'
import { attributesJson, type Json, listOf, message, nanoseconds, textOf } from './json-values.ts'

/** One resource as OTLP JSON, as it stands in the list of a request. */
export const writeResourceLogs = (resource: ResourceLogs): string =>
  JSON.stringify(resourceJson(resource))

function resourceJson({ resource, scopeLogs }: ResourceLogs): Json {
  return message({
    resource: message({ attributes: attributesJson(resource.attributes) }),
    scopeLogs: listOf(scopeLogs.map(scopeJson)),
    schemaUrl: textOf(resource.schemaUrl),
  })
}

function scopeJson({ scope, logRecords }: ScopeLogs): Json {
  return message({
    scope: message({ name: textOf(scope.name), version: textOf(scope.version) }),
    logRecords: listOf(logRecords.map(recordJson)),
    schemaUrl: textOf(scope.schemaUrl),
  })
}

function recordJson(record: LogRecord): Json {
  return message({
    timeUnixNano: nanoseconds(record.time),
    observedTimeUnixNano: nanoseconds(record.observedTime),
    severityNumber: severities[record.severity],
    severityText: record.severity,
    body: { stringValue: record.body },
    attributes: attributesJson(record.attributes),
    eventName: textOf(record.eventName),
  })
}
