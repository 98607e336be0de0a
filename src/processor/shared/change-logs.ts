import type { Attributes } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { Logs } from '../../model/logs.ts'

type Change = (attributes: Attributes) => Attributes

/** Logs with other attributes of their resources, or of their records. */
export function changeLogs(
  { resourceLogs, records }: Logs,
  { resource: ofResource, record: ofRecord }: { resource?: Change; record?: Change },
): Logs {
  const changed = resourceLogs.map(({ resource, scopeLogs }) => ({
    resource:
      ofResource === undefined ? resource : resourceFromAttributes(ofResource(resource.attributes)),
    scopeLogs:
      ofRecord === undefined
        ? scopeLogs
        : scopeLogs.map(({ scope, logRecords }) => ({
            scope,
            logRecords: logRecords.map((record) => ({
              ...record,
              attributes: ofRecord(record.attributes),
            })),
          })),
  }))
  return { resourceLogs: changed, records }
}
