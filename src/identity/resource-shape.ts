import type { Attributes } from '@opentelemetry/api'
import {
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
} from '@opentelemetry/semantic-conventions'
import type { CgroupFacts } from './cgroup.ts'
import type { SimpleValue } from './protobuf.ts'
import { baseName } from './text.ts'

/**
 * How much a process's resource says, so that it does not spoil `target_info` of the process's own SDK:
 * - `shared-exact`: what the SDK published (`OTEL_CTX`), nothing added;
 * - `shared-triplet`: `service.name`, `.namespace`, `.instance.id` only, since the SDK sends these with other attributes;
 * - `own`: the instance id is ours, nobody else uses it: all that is known.
 */
export type IdentityMode = 'shared-exact' | 'shared-triplet' | 'own'

/** All that was learnt of a process, before it becomes a resource. */
export interface ProcessFacts {
  readonly pid: number
  /** Clock ticks since boot; `undefined` if not known. */
  readonly startTicks: number | undefined
  /** Milliseconds since the epoch; `undefined` if not known. */
  readonly creationMs: number | undefined
  readonly executableName: string
  readonly executablePath: string | undefined
  readonly commandLine: string | undefined
  readonly owner: string | undefined
  readonly cgroup: CgroupFacts | undefined
  readonly environment: ReadonlyMap<string, string>
  readonly context:
    | { readonly attributes: ReadonlyMap<string, SimpleValue>; readonly isComplete: boolean }
    | undefined
}

/** What a resource will hold. */
export interface ResourceShape {
  readonly mode: IdentityMode
  readonly attributes: Attributes
  readonly serviceName: string
  readonly serviceNamespace: string | undefined
  readonly instanceId: string
}

const schema = {
  name: ATTR_SERVICE_NAME,
  namespace: ATTR_SERVICE_NAMESPACE,
  instance: ATTR_SERVICE_INSTANCE_ID,
} as const

/**
 * @param ownInstanceId used where the process's SDK does not tell its own
 * @param host attributes of the host, for the mode `own`
 */
export function shapeResource(
  facts: ProcessFacts,
  host: Attributes,
  ownInstanceId: string,
): ResourceShape {
  const told = toldBySdk(facts)
  const serviceName = textOf(told.get(schema.name)) ?? defaultServiceName(facts)
  const serviceNamespace = textOf(told.get(schema.namespace))
  const toldInstanceId = textOf(told.get(schema.instance))
  const instanceId = toldInstanceId ?? ownInstanceId
  const shape = { serviceName, serviceNamespace, instanceId }
  if (isExact(facts)) {
    return { ...shape, mode: 'shared-exact', attributes: Object.fromEntries(told) }
  }
  const isOwn = toldInstanceId === undefined
  const attributes: Attributes = {}
  if (isOwn) {
    Object.assign(attributes, host)
    putPlace(attributes, facts.cgroup)
    for (const [key, value] of told) attributes[key] = value
    putProcess(attributes, facts)
  }
  attributes[schema.name] = serviceName
  put(attributes, schema.namespace, serviceNamespace)
  attributes[schema.instance] = instanceId
  return { ...shape, mode: isOwn ? 'own' : 'shared-triplet', attributes }
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
function toldBySdk(facts: ProcessFacts): ReadonlyMap<string, SimpleValue> {
  if (isExact(facts)) return facts.context?.attributes ?? new Map()
  if (facts.environment.size === 0 && facts.context === undefined) return facts.environment
  const told = new Map<string, SimpleValue>(facts.environment)
  for (const [key, value] of facts.context?.attributes ?? []) told.set(key, value)
  told.delete('__proto__')
  return told
}

function textOf(value: SimpleValue | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

function defaultServiceName({ cgroup, executableName }: ProcessFacts): string {
  if (cgroup?.unitService !== undefined) return cgroup.unitService
  return executableName === '' ? 'unknown_service' : `unknown_service:${executableName}`
}

function putPlace(attributes: Attributes, cgroup: CgroupFacts | undefined): void {
  put(attributes, 'container.id', cgroup?.containerId)
  // No semantic convention: the name that the Collector's systemd receiver gives it.
  put(attributes, 'systemd.unit.name', cgroup?.systemdUnit)
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
