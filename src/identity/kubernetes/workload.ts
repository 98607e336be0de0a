import { type ExtractionSettings, resourceAnnotationsOf, serviceLabelsOf } from './extraction.ts'
import { type JsonObject, objectOf, textOf } from './fields.ts'
import { ownerOf } from './owner.ts'

/** What pods of one owner have in common, as they name themselves in their own resource. */
export interface Workload {
  readonly serviceName: string
  readonly serviceNamespace: string
  /** `namespace.name`, `deployment.name`, ... */
  readonly attributes: Readonly<Record<string, string>>
}

/** Annotation before label before owner: as for a pod's own resource, as far as the API knows it. */
export function workloadOf(object: JsonObject, settings: ExtractionSettings): Workload {
  const metadata = objectOf(object['metadata'])
  const namespace = textOf(metadata['namespace']) ?? 'default'
  const annotations = resourceAnnotationsOf(metadata, settings)
  const labels = serviceLabelsOf(metadata, settings)
  const owner = ownerOf(metadata)
  return {
    serviceName:
      annotations.get('service.name') ?? labels.get('instance') ?? labels.get('name') ?? owner.name,
    serviceNamespace: annotations.get('service.namespace') ?? namespace,
    attributes: { 'namespace.name': namespace, ...nameOfOwner(owner.attributes) },
  }
}

const byRank = ['deployment', 'replicaset', 'statefulset', 'daemonset', 'cronjob', 'job']

/** The one that lasts: replica sets and jobs change with each roll-out and run. */
function nameOfOwner(attributes: Readonly<Record<string, string>>): Record<string, string> {
  const key = byRank.map((kind) => `${kind}.name`).find((name) => attributes[name] !== undefined)
  const name = key === undefined ? undefined : attributes[key]
  return key === undefined || name === undefined ? {} : { [key]: name }
}
