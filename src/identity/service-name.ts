import {
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  ATTR_SERVICE_VERSION,
} from '@opentelemetry/semantic-conventions'
import type { ProcessFacts, Surroundings, Told } from './facts.ts'
import type { SimpleValue } from './protobuf.ts'
import { baseName } from './text.ts'

/** Most trusted first; the first that is a text and not blank. */
function first(...values: (SimpleValue | undefined)[]): string | undefined {
  return values.map(textOf).find((value) => value !== undefined)
}

export function textOf(value: SimpleValue | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

/** @param told by the process's SDK, else by annotations of its pod */
export function serviceNameOf(told: Told, facts: ProcessFacts, around: Surroundings): string {
  const { pod, container, ruled, serviceLabels } = around
  return (
    first(
      told.get(ATTR_SERVICE_NAME),
      serviceLabels.get('instance'),
      serviceLabels.get('name'),
      pod?.ownerName,
      ruled.get(ATTR_SERVICE_NAME),
      container?.labels.get('com.docker.compose.service'),
      facts.cgroup?.unitService,
      container?.name,
      facts.cgroup?.containerName,
    ) ?? unknownService(facts)
  )
}

/**
 * @param told as above
 * @param isSdks the SDK sends the instance id: it is only found by the namespace that it sends with that
 */
export function serviceNamespaceOf(
  told: Told,
  around: Surroundings,
  isSdks: boolean,
): string | undefined {
  const { pod, container, ruled } = around
  const own = told.get(ATTR_SERVICE_NAMESPACE)
  if (isSdks) return textOf(own)
  const project = container?.labels.get('com.docker.compose.project')
  return first(own, pod?.namespace, ruled.get(ATTR_SERVICE_NAMESPACE), project)
}

/** The image's tag where nobody tells a version, as OpenTelemetry's conventions for Kubernetes want it. */
export function serviceVersionOf(told: Told, around: Surroundings): string | undefined {
  const { container, ruled, serviceLabels } = around
  return first(
    told.get(ATTR_SERVICE_VERSION),
    serviceLabels.get('version'),
    ruled.get(ATTR_SERVICE_VERSION),
    container?.imageTags[0],
  )
}

const python = /^python[\d.]*$/

/**
 * As SDKs name a service that has no name: by the executable; the one for Node.js by the word it was started with, and the one for
 * Python by the end of that.
 */
function unknownService({ executableName, startedAs }: ProcessFacts): string {
  const word = startedAs === undefined ? '' : baseName(startedAs)
  if (startedAs !== undefined && word === executableName && !python.test(word)) {
    return `unknown_service:${startedAs}`
  }
  const name = python.test(executableName) && python.test(word) ? word : executableName
  return name === '' ? 'unknown_service' : `unknown_service:${name}`
}
