import { type LogRecord, type ResourceLogs, severities } from '../../model/logs.ts'
import { escapeUnprintable } from '../../shared/escape.ts'
import { attributeLines } from './attribute-lines.ts'
import { timestamp } from './go-format.ts'
import { resourceText, scopeText } from './normal-text.ts'
import { textAttributes } from './values.ts'

/** `verbosity: normal`: a line for each resource, scope and log record, as the Collector writes them. */
export function* normalLogsText(resourceLogs: readonly ResourceLogs[]): Generator<string> {
  for (const [index, { resource, scopeLogs }] of resourceLogs.entries()) {
    yield `ResourceLog #${index}${resourceText(resource)}`
    for (const { scope, logRecords } of scopeLogs) {
      // The number is the resource's, in the Collector as well.
      yield `ScopeLog #${index}${scopeText(scope)}`
      for (const { body, attributes } of logRecords) {
        const pairs = textAttributes(attributes).map(([key, value]) => `${key}=${value}`)
        yield `${escapeUnprintable(body)} ${pairs.join(' ')}`
      }
    }
  }
}

/** `verbosity: detailed`: everything, a field a line, as the Collector writes it. */
export function* detailedLogsText(resourceLogs: readonly ResourceLogs[]): Generator<string> {
  for (const [index, { resource, scopeLogs }] of resourceLogs.entries()) {
    yield `ResourceLog #${index}`
    yield `Resource SchemaURL: ${escapeUnprintable(resource.schemaUrl ?? '')}`
    yield* attributeLines('Resource attributes', resource.attributes)
    for (const [scopeIndex, { scope, logRecords }] of scopeLogs.entries()) {
      yield `ScopeLogs #${scopeIndex}`
      yield `ScopeLogs SchemaURL: ${escapeUnprintable(scope.schemaUrl ?? '')}`
      yield `InstrumentationScope ${escapeUnprintable(`${scope.name} ${scope.version ?? ''}`)}`
      for (const [recordIndex, record] of logRecords.entries()) {
        yield `LogRecord #${recordIndex}`
        yield* recordLines(record)
      }
    }
  }
}

function* recordLines(record: LogRecord): Generator<string> {
  const { severity } = record
  const word = `${severity.slice(0, 1)}${severity.slice(1).toLowerCase()}`
  yield `ObservedTimestamp: ${timestamp(record.observedTime)}`
  yield `Timestamp: ${timestamp(record.time)}`
  yield `SeverityText: ${severity}`
  yield `SeverityNumber: ${word}(${severities[severity]})`
  if (record.eventName !== '') yield `EventName: ${escapeUnprintable(record.eventName)}`
  yield `Body: Str(${escapeUnprintable(record.body)})`
  yield* attributeLines('Attributes', record.attributes)
  yield 'Trace ID: '
  yield 'Span ID: '
  yield 'Flags: 0'
}
