import { type JsonObject, objectOf, objectsOf, textOf } from './fields.ts'

/** Who a pod belongs to. */
export interface Owner {
  /** Name that stands for the service: of the deployment, else of the nearest owner, else of the pod. */
  readonly name: string
  /** `deployment.name`, `replicaset.uid`, ...: semantic conventions without `k8s.`. */
  readonly attributes: Readonly<Record<string, string>>
}

const kinds: Readonly<Record<string, string>> = {
  ReplicaSet: 'replicaset',
  StatefulSet: 'statefulset',
  DaemonSet: 'daemonset',
  Job: 'job',
}

/**
 * Reads the owner's owner from names, as the Collector does, so that nothing but pods must be listed: a deployment's replica
 * set is called after it and the hash in the pod's label, a cron job's job after it and the minute that it was due.
 *
 * @param metadata of a pod
 */
export function ownerOf(metadata: JsonObject): Owner {
  const owner = controllerOf(metadata)
  // A mirror pod's owner is its node: it stands for itself.
  if (owner === undefined) return { name: textOf(metadata['name']) ?? '', attributes: {} }
  const { kind, name, uid } = owner
  const attributes = { [`${kind}.name`]: name, ...(uid !== undefined && { [`${kind}.uid`]: uid }) }
  const above = aboveOf(kind, name, objectOf(metadata['labels']))
  if (above === undefined) return { name, attributes }
  return { name: above.name, attributes: { ...attributes, [`${above.kind}.name`]: above.name } }
}

function controllerOf({ ownerReferences }: JsonObject) {
  const references = objectsOf(ownerReferences)
  const found = references.find(({ controller }) => controller === true) ?? references[0]
  const kind = kinds[textOf(found?.['kind']) ?? '']
  const name = textOf(found?.['name'])
  if (kind === undefined || name === undefined) return undefined
  return { kind, name, uid: textOf(found?.['uid']) }
}

function aboveOf(kind: string, name: string, labels: JsonObject) {
  if (kind === 'replicaset') {
    const hash = textOf(labels['pod-template-hash'])
    // Without it the replica set stands alone, or something else than a deployment made it.
    if (hash === undefined || !name.endsWith(`-${hash}`)) return undefined
    return { kind: 'deployment', name: name.slice(0, -hash.length - 1) }
  }
  const due = kind === 'job' ? /^(.+)-\d{8,10}$/.exec(name) : null
  return due?.[1] === undefined ? undefined : { kind: 'cronjob', name: due[1] }
}
