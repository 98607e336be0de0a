import type { Attributes, HrTime } from '@opentelemetry/api'
import type { InstrumentationScope } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'

/** Numbers of the OpenTelemetry log data model. */
export const severities = { INFO: 9, WARN: 13 } as const
export type Severity = keyof typeof severities

/** One event, as the OpenTelemetry log data model has it. */
export interface LogRecord {
  /** Wall clock: when it happened. */
  readonly time: HrTime
  /** Wall clock: when it was noticed. */
  readonly observedTime: HrTime
  readonly severity: Severity
  readonly eventName: string
  readonly body: string
  readonly attributes: Attributes
}

export interface ScopeLogs {
  readonly scope: InstrumentationScope
  readonly logRecords: readonly LogRecord[]
}

export interface ResourceLogs {
  readonly resource: Resource
  readonly scopeLogs: readonly ScopeLogs[]
}

/** What a logs pipeline carries. Immutable once handed on: consumers of a fan-out share it. */
export interface Logs {
  readonly resourceLogs: readonly ResourceLogs[]
  /** Log records in all of `resourceLogs`; counted once where they are made. */
  readonly records: number
}
