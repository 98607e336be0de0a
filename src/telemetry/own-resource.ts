import { randomUUID } from 'node:crypto'
import type { Attributes } from '@opentelemetry/api'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
} from '@opentelemetry/semantic-conventions'

export interface OwnResourceSettings {
  /** The agent's own environment: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` count here and nowhere else. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  /** `host.*` and `os.*`. */
  readonly host: Attributes
  /** Told what is wrong with the environment. */
  readonly onProblem: (message: string) => void
}

/** Under what name the agent speaks of itself; never that of a process it watches. */
export function ownResource({ env, version, host, onProblem }: OwnResourceSettings): Resource {
  const given = parseResourceAttributes(env['OTEL_RESOURCE_ATTRIBUTES'] ?? '')
  if (given === undefined)
    onProblem('OTEL_RESOURCE_ATTRIBUTES is ignored: it must be key=value,key=value')
  const name = env['OTEL_SERVICE_NAME']
  return resourceFromAttributes(
    {
      [ATTR_SERVICE_NAME]: 'otel-nettracer',
      [ATTR_SERVICE_VERSION]: version,
      [ATTR_SERVICE_INSTANCE_ID]: randomUUID(),
      'process.pid': process.pid,
      ...host,
      ...given,
      ...(name !== undefined && name !== '' && { [ATTR_SERVICE_NAME]: name }),
    },
    { schemaUrl: 'https://opentelemetry.io/schemas/1.45.0' },
  )
}

/** As the specification reads it: percent-decoded, and any error discards all. */
function parseResourceAttributes(text: string): Attributes | undefined {
  const attributes: Attributes = {}
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue
    const split = pair.indexOf('=')
    if (split <= 0) return undefined
    try {
      const key = decodeURIComponent(pair.slice(0, split).trim())
      attributes[key] = decodeURIComponent(pair.slice(split + 1).trim())
    } catch {
      return undefined
    }
  }
  return attributes
}
