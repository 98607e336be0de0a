import type { WatchedNamespace } from './inet-diag-namespace.ts'

/** What a namespace counted since it is watched. */
export interface Counts {
  records: number
  lost: number
  endsMissed: number
  unknown: number
  overruns: number
  interrupted: number
  lookUpsFailed: number
}

export function noCounts(): Counts {
  return {
    records: 0,
    lost: 0,
    endsMissed: 0,
    unknown: 0,
    overruns: 0,
    interrupted: 0,
    lookUpsFailed: 0,
  }
}

export function countsOf(namespace: WatchedNamespace): Counts {
  const { table } = namespace
  return {
    records: namespace.records,
    lost: namespace.leftOut,
    endsMissed: table.endsMissed,
    unknown: namespace.unknownMessages + table.unreadable,
    overruns: namespace.overruns,
    interrupted: namespace.interrupted,
    lookUpsFailed: namespace.lookUpsFailed,
  }
}

export function addCounts(sum: Counts, more: Counts): void {
  for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += more[key]
}
