import type { Resource } from '@opentelemetry/resources'
import type { Logs } from '../../model/logs.ts'
import type { Metrics } from '../../model/metrics.ts'

/** The same batch under other resources. A resource that stays the same object is not encoded anew each time. */
export type WithResources<Batch> = (batch: Batch, change: (resource: Resource) => Resource) => Batch

export const metricsWithResources: WithResources<Metrics> = (batch, change) => ({
  ...batch,
  resourceMetrics: batch.resourceMetrics.map((of) => ({ ...of, resource: change(of.resource) })),
})

export const logsWithResources: WithResources<Logs> = (batch, change) => ({
  ...batch,
  resourceLogs: batch.resourceLogs.map((of) => ({ ...of, resource: change(of.resource) })),
})
