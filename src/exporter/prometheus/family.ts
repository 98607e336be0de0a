import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics'
import type { Point as PointOf } from '../../model/points.ts'
import type { FamilyType } from '../wire/prometheus/names.ts'

export type Point = PointOf<number> | PointOf<Histogram> | PointOf<ExponentialHistogram>

/** All series of one name, as they are at one moment. `labels[i]` belongs to `points[i]`. */
export interface FamilySnapshot {
  readonly name: string
  readonly type: FamilyType
  /** UCUM, as the metric came in. */
  readonly unit: string
  readonly help: string
  /** Escaped and without braces; may be empty. */
  readonly labels: readonly string[]
  readonly points: readonly Point[]
}
