import { type LogRecord, type ResourceLogs, severities } from '../../../model/logs.ts'
import { writeAttributes, writeText, writeValue } from './attributes.ts'
import type { ByteWriter } from './byte-writer.ts'
import { encodeResource } from './common.ts'
import { Tag } from './tags.ts'

/** An `ExportLogsServiceRequest` of one resource. */
export function encodeLogs({ resource, scopeLogs }: ResourceLogs): Uint8Array {
  const scopes = scopeLogs.map(({ scope, logRecords }) => ({ scope, items: logRecords }))
  return encodeResource({ resource, scopes }, writeRecord)
}

function writeRecord(to: ByteWriter, record: LogRecord, tag: number): void {
  const { time, observedTime, severity, eventName, body, attributes } = record
  const before = to.length
  writeText(to, eventName, Tag.log.eventName)
  to.time(observedTime)
  to.byte(Tag.log.observedTime)
  writeAttributes(to, attributes, Tag.log.attributes)
  const beforeBody = to.length
  writeValue(to, body)
  to.close(Tag.log.body, beforeBody)
  writeText(to, severity, Tag.log.severityText)
  to.byte(severities[severity])
  to.byte(Tag.log.severityNumber)
  to.time(time)
  to.byte(Tag.log.time)
  to.close(tag, before)
}
