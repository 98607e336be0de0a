import type { Logs } from '../../model/logs.ts'
import { countPoints, type Metrics } from '../../model/metrics.ts'
import { countRecords } from '../../model/split-logs.ts'

/** Metrics by the value of a resource attribute; `undefined` where there is none. */
export function groupMetrics(
  { resourceMetrics }: Metrics,
  attribute: string,
): ReadonlyMap<unknown, Metrics> {
  const groups = Map.groupBy(resourceMetrics, ({ resource }) => resource.attributes[attribute])
  return new Map(
    [...groups].map(([value, part]) => [
      value,
      { resourceMetrics: part, points: countPoints(part) },
    ]),
  )
}

/** Log records likewise. */
export function groupLogs({ resourceLogs }: Logs, attribute: string): ReadonlyMap<unknown, Logs> {
  const groups = Map.groupBy(resourceLogs, ({ resource }) => resource.attributes[attribute])
  return new Map(
    [...groups].map(([value, part]) => [
      value,
      { resourceLogs: part, records: part.reduce((sum, one) => sum + countRecords(one), 0) },
    ]),
  )
}
