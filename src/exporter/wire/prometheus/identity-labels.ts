import type { Attributes } from '@opentelemetry/api'
import type { Labels } from './labels.ts'
import { valueText } from './labels.ts'

/** `job` (`service.namespace/service.name`) and `instance` (`service.instance.id`) of a resource, where it has them. */
export function identityLabels(attributes: Attributes): Labels {
  const labels: Labels = new Map()
  const name = valueText(attributes['service.name'])
  const namespace = valueText(attributes['service.namespace'])
  const instance = valueText(attributes['service.instance.id'])
  if (name !== '') labels.set('job', namespace === '' ? name : `${namespace}/${name}`)
  if (instance !== '') labels.set('instance', instance)
  return labels
}
