import { Buffer } from 'node:buffer'
import { parseResourceAttributes } from '../shared/resource-attributes.ts'
import type { BoundedFiles } from './files.ts'

/** What a process's OpenTelemetry environment says of its resource. */
export interface OtelEnvironment {
  /** `OTEL_RESOURCE_ATTRIBUTES`, with `service.name` from `OTEL_SERVICE_NAME` where that is set. */
  readonly attributes: ReadonlyMap<string, string>
  /** `OTEL_RESOURCE_ATTRIBUTES` had an error, so all of it is left out, as the specification wants. */
  readonly isMalformed: boolean
}

const environBytes = 256 * 1024
const valueBytes = 16 * 1024
const prefix = Buffer.from('OTEL_')
const serviceNameBytes = Buffer.from('OTEL_SERVICE_NAME=')
const attributesBytes = Buffer.from('OTEL_RESOURCE_ATTRIBUTES=')

/**
 * Reads two variables from `/proc/PID/environ`, the environment as it was at the program's start. Nothing else is
 * copied: other `OTEL_*` variables hold secrets (`OTEL_EXPORTER_OTLP_HEADERS`).
 */
export function readEnvironment(
  files: BoundedFiles,
  procRoot: string,
  pid: number,
): OtelEnvironment {
  const found = files.read(`${procRoot}/${pid}/environ`, environBytes, findVariables)
  return parseEnvironment(found ?? {})
}

/** The two variables as they stand in the environment; absent where not set, or longer than 16 KiB. */
export interface OtelVariables {
  serviceName?: string | undefined
  resourceAttributes?: string | undefined
}

/** Finds the two variables in a block of `NAME=value\0`; of equals the first, as `getenv` does. */
export function findVariables(environ: Buffer): OtelVariables {
  const variables: OtelVariables = {}
  let at = environ.indexOf(prefix)
  while (at >= 0) {
    const zero = environ.indexOf(0, at)
    const end = zero < 0 ? environ.length : zero
    if (at === 0 || environ[at - 1] === 0) {
      const entry = environ.subarray(at, end)
      variables.serviceName ??= valueOf(entry, serviceNameBytes)
      variables.resourceAttributes ??= valueOf(entry, attributesBytes)
    }
    at = environ.indexOf(prefix, end)
  }
  return variables
}

function valueOf(entry: Buffer, name: Buffer): string | undefined {
  if (entry.length - name.length > valueBytes) return undefined
  if (!entry.subarray(0, name.length).equals(name)) return undefined
  return entry.toString('utf8', name.length)
}

export function parseEnvironment(variables: OtelVariables): OtelEnvironment {
  const parsed = parseResourceAttributes(variables.resourceAttributes ?? '')
  const attributes = parsed ?? new Map<string, string>()
  const serviceName = variables.serviceName ?? ''
  if (serviceName.trim() !== '') attributes.set('service.name', serviceName)
  return { attributes, isMalformed: parsed === undefined }
}
