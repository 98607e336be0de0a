import {
  type LogRecord,
  type Logs,
  type ResourceLogs,
  type ScopeLogs,
  severities,
} from '../../model/logs.ts'
import { attributesJson, type Json, listOf, message, nanoseconds, textOf } from './json-values.ts'
import { Turns } from './turns.ts'

/** Writes logs as one line of OTLP JSON, `{"resourceLogs":[...]}`, as `writeJson` does with metrics. */
export async function writeLogsJson(logs: Logs): Promise<string> {
  const turns = new Turns()
  const parts: string[] = []
  for (const resource of logs.resourceLogs) {
    parts.push(writeResourceLogs(resource))
    await turns.next()
  }
  return `{"resourceLogs":[${parts.join(',')}]}`
}

/** One resource, as it stands in the list. */
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
