import type { Attributes } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { LogRecord, Logs, ResourceLogs } from '../../src/model/logs.ts'
import { countRecords } from '../../src/model/split-logs.ts'

export function logRecord(part: Partial<LogRecord> = {}): LogRecord {
  return {
    time: [1_767_323_045, 321],
    observedTime: [1_767_323_045, 789_000_000],
    severity: 'INFO',
    eventName: 'nettracer.connection',
    body: '192.0.2.9:40000 -> 192.0.2.1:443 local_fin',
    attributes: { 'server.port': 443, 'nettracer.fin_tx': true, 'nettracer.rtt': 0.25 },
    ...part,
  }
}

/** Log records whose bodies are `from`, `from + 1`, ... */
export function manyRecords(count: number, from = 0): LogRecord[] {
  return Array.from({ length: count }, (_, index) => logRecord({ body: String(from + index) }))
}

export function resourceLogs(
  logRecords: readonly LogRecord[],
  attributes: Attributes = { 'service.name': 'checkout' },
): ResourceLogs {
  return {
    resource: resourceFromAttributes(attributes, {
      schemaUrl: 'https://opentelemetry.io/schemas/1.45.0',
    }),
    scopeLogs: [{ scope: { name: 'otel-nettracer', version: '0.1.0' }, logRecords }],
  }
}

export function logsOf(...all: ResourceLogs[]): Logs {
  return {
    resourceLogs: all,
    records: all.map(countRecords).reduce((sum, one) => sum + one, 0),
  }
}
