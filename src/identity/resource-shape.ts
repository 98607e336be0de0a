import type { Attributes } from '@opentelemetry/api'
import {
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  ATTR_SERVICE_VERSION,
} from '@opentelemetry/semantic-conventions'
import type { CgroupFacts } from './cgroup.ts'
import type { ContainerFacts } from './container/directory.ts'
import type { ProcessFacts, Surroundings, Told } from './facts.ts'
import type { SimpleValue } from './protobuf.ts'
import { serviceNameOf, serviceNamespaceOf, serviceVersionOf, textOf } from './service-name.ts'
import { baseName } from './text.ts'

/**
 * How much a process's resource says, so that it does not spoil `target_info` of the process's own SDK:
 * - `shared-exact`: what the SDK published (`OTEL_CTX`), nothing added;
 * - `shared-triplet`: `service.name`, `.namespace`, `.instance.id` only, since the SDK sends these with other attributes;
 * - `own`: the instance id is ours, nobody else uses it: all that is known.
 */
export type IdentityMode = 'shared-exact' | 'shared-triplet' | 'own'

/** What a resource will hold. */
export interface ResourceShape {
  readonly mode: IdentityMode
  readonly attributes: Attributes
  readonly serviceName: string
  readonly serviceNamespace: string | undefined
  readonly instanceId: string
  /** Others may have the same id: now, or one after the other. */
  readonly isShared: boolean
}

const schema = {
  name: ATTR_SERVICE_NAME,
  namespace: ATTR_SERVICE_NAMESPACE,
  instance: ATTR_SERVICE_INSTANCE_ID,
  version: ATTR_SERVICE_VERSION,
} as const
const none: Told = new Map()

/**
 * @param ownInstanceId used where neither the process's SDK nor its pod tells one
 * @param host attributes of the host, for the mode `own`
 */
export function shapeResource(
  facts: ProcessFacts,
  around: Surroundings,
  host: Attributes,
  ownInstanceId: string,
): ResourceShape {
  if (isExact(facts)) return shapeExact(facts.context?.attributes ?? none)
  const sdk = toldBySdk(facts)
  const told = merge(annotationsOf(around), sdk)
  const isSdks = textOf(sdk.get(schema.instance)) !== undefined
  const toldInstanceId = textOf(told.get(schema.instance))
  const instanceId = toldInstanceId ?? around.podInstanceId ?? ownInstanceId
  const serviceName = serviceNameOf(told, facts, around)
  const serviceNamespace = serviceNamespaceOf(told, around, isSdks)
  const isOwn = toldInstanceId === undefined
  const attributes = isOwn ? rich(facts, around, host, told) : {}
  attributes[schema.name] = serviceName
  replace(attributes, schema.namespace, serviceNamespace)
  attributes[schema.instance] = instanceId
  const mode = isOwn ? 'own' : 'shared-triplet'
  const isShared = instanceId !== ownInstanceId
  return { mode, attributes, serviceName, serviceNamespace, instanceId, isShared }
}

function annotationsOf({ pod }: Surroundings): Told {
  return pod?.resourceAnnotations ?? none
}

function shapeExact(told: Told): ResourceShape {
  return {
    mode: 'shared-exact',
    attributes: Object.fromEntries(told),
    serviceName: textOf(told.get(schema.name)) ?? '',
    serviceNamespace: textOf(told.get(schema.namespace)),
    instanceId: textOf(told.get(schema.instance)) ?? '',
    isShared: true,
  }
}

/** The context is the SDK's own resource, and whole: nothing has to be added to find the process's own series. */
function isExact({ context }: ProcessFacts): boolean {
  if (context === undefined || !context.isComplete) return false
  const { attributes } = context
  return (
    textOf(attributes.get(schema.name)) !== undefined &&
    textOf(attributes.get(schema.instance)) !== undefined
  )
}

/** The process context is what the SDK uses now; the environment is what it was started with. */
function toldBySdk({ environment, context }: ProcessFacts): Told {
  return merge(environment, context?.attributes ?? none)
}

/** @param other counts where both tell */
function merge(one: Told, other: Told): Told {
  if (one.size === 0) return other
  if (other.size === 0) return one
  return new Map([...one, ...other])
}

/** From the least trusted to the most. What the kernel says of the process itself, nobody else knows better. */
function rich(facts: ProcessFacts, around: Surroundings, host: Attributes, told: Told): Attributes {
  const attributes: Attributes = { ...host }
  putPlace(attributes, facts.cgroup, around)
  putAll(attributes, around.ruled)
  putAll(attributes, told)
  replace(attributes, schema.version, serviceVersionOf(told, around))
  putProcess(attributes, facts)
  return attributes
}

function putAll(attributes: Attributes, told: Told): void {
  for (const [key, value] of told) if (key !== '__proto__') attributes[key] = value
}

function putPlace(
  attributes: Attributes,
  cgroup: CgroupFacts | undefined,
  { container, pod }: Surroundings,
): void {
  put(attributes, 'container.id', cgroup?.containerId)
  put(attributes, 'container.name', cgroup?.containerName)
  // No semantic convention: the name that the Collector's systemd receiver gives it.
  put(attributes, 'systemd.unit.name', cgroup?.systemdUnit)
  if (container !== undefined) putContainer(attributes, container)
  if (pod !== undefined) Object.assign(attributes, pod.attributes)
}

function putContainer(attributes: Attributes, container: ContainerFacts): void {
  put(attributes, 'container.name', container.name)
  put(attributes, 'container.image.name', container.imageName)
  if (container.imageTags.length > 0) {
    attributes['container.image.tags'] = [...container.imageTags]
  }
  if (container.imageDigests !== undefined) {
    attributes['container.image.repo_digests'] = [...container.imageDigests]
  }
  for (const key of container.shownLabels ?? []) {
    put(attributes, `container.label.${key}`, container.labels.get(key))
  }
}

function putProcess(attributes: Attributes, facts: ProcessFacts): void {
  const { creationMs } = facts
  put(attributes, 'process.pid', facts.pid === 0 ? undefined : facts.pid)
  put(attributes, 'process.executable.name', facts.executableName || undefined)
  put(attributes, 'process.executable.path', facts.executablePath)
  put(attributes, 'process.command_line', facts.commandLine)
  put(attributes, 'process.owner', facts.owner)
  if (creationMs !== undefined) {
    attributes['process.creation.time'] = new Date(creationMs).toISOString()
  }
}

function put(attributes: Attributes, key: string, value: SimpleValue | undefined): void {
  if (value !== undefined) attributes[key] = value
}

function replace(attributes: Attributes, key: string, value: string | undefined): void {
  if (value === undefined) delete attributes[key]
  else attributes[key] = value
}

/** Name of an executable: the end of its path, or what the kernel told, or the name that the process gave itself. */
export function nameExecutable(
  path: string | undefined,
  seen: { readonly executableName: string; readonly comm: string } | undefined,
  comm: string | undefined,
): string {
  const candidates = [
    path === undefined ? '' : baseName(path),
    seen?.executableName,
    comm,
    seen?.comm,
  ]
  return candidates.find((name) => name !== undefined && name !== '')?.toWellFormed() ?? ''
}
