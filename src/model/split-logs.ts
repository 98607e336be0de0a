import { cut } from './cut.ts'
import type { ResourceLogs, ScopeLogs } from './logs.ts'

/** Log records of a resource. */
export function countRecords({ scopeLogs }: ResourceLogs): number {
  let records = 0
  for (const { logRecords } of scopeLogs) records += logRecords.length
  return records
}

/**
 * Cuts a list of resources after a number of log records, in their order. A resource or scope that lies across the cut
 * appears on both sides.
 *
 * @returns the first `records` log records (all, if there are fewer), and the rest
 */
export function splitLogs(
  resourceLogs: readonly ResourceLogs[],
  records: number,
): [head: ResourceLogs[], tail: ResourceLogs[]] {
  return cut(resourceLogs, records, countRecords, (resource, at) => {
    const [head, tail] = cut(resource.scopeLogs, at, recordsOf, cutScope)
    return [
      { ...resource, scopeLogs: head },
      { ...resource, scopeLogs: tail },
    ]
  })
}

const recordsOf = ({ logRecords }: ScopeLogs): number => logRecords.length

function cutScope(scope: ScopeLogs, at: number): [ScopeLogs, ScopeLogs] {
  return [
    { ...scope, logRecords: scope.logRecords.slice(0, at) },
    { ...scope, logRecords: scope.logRecords.slice(at) },
  ]
}
