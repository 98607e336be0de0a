import type { Resource } from '@opentelemetry/resources'
import { identityLabels } from './identity-labels.ts'
import { formatLabels, toLabels } from './labels.ts'
import { metricName } from './names.ts'

/** The labels of a resource's `target_info`, as {@link formatLabels} writes them. */
export interface TargetLabels {
  /** Job and instance only: one `target_info` for each. */
  readonly identity: string
  /** With the other attributes of the resource. */
  readonly all: string
}

const inIdentity = ['service.name', 'service.namespace', 'service.instance.id']
const taken = new Set(['job', 'instance'])

/**
 * A resource without a job or an instance has no target: nothing could be joined with it. Nor has one without any other
 * attribute: it shares the identity of an application whose SDK sends a `target_info`, and with two of one job and
 * instance joins would fail.
 */
export function targetLabels({ attributes }: Resource): TargetLabels | undefined {
  const identity = identityLabels(attributes)
  if (identity.size < 2) return undefined
  const key = formatLabels(identity)
  const others = { ...attributes }
  for (const name of inIdentity) delete others[name]
  const own = formatLabels(toLabels(others, taken))
  return own === '' ? undefined : { identity: key, all: `${own},${key}` }
}

export function targetInfoName(namespace: string): string {
  return metricName('target_info', '', 'gauge', { namespace, hasSuffixes: false }) ?? 'target_info'
}
