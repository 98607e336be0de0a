import type { Attributes, HrTime } from '@opentelemetry/api'
import type { DataPoint } from '@opentelemetry/sdk-metrics'

/** One measurement out of those that a point sums up, with the span it was made in. */
export interface Exemplar {
  /** Wall clock. */
  readonly time: HrTime
  /** In the metric's unit. */
  readonly value: number
  /** 32 hexadecimal digits; absent where no span is known. */
  readonly traceId?: string
  /** 16 hexadecimal digits. */
  readonly spanId?: string
  /** What tells it apart besides the attributes of its point. */
  readonly attributes: Attributes
}

/** A data point with what OTLP knows of one and `sdk-metrics` does not. */
export interface Point<Value> extends DataPoint<Value> {
  /** The series has ended: there is nothing at `endTime`, and `value` says nothing. OTLP's `NO_RECORDED_VALUE`. */
  readonly hasNoValue?: boolean
  readonly exemplars?: readonly Exemplar[]
}

export function isRecorded({ hasNoValue }: Point<unknown>): boolean {
  return hasNoValue !== true
}
