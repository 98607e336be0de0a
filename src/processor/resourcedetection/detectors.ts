import { join } from 'node:path'
import type { Attributes } from '@opentelemetry/api'
import type { HostFacts } from '../../shared/host-facts.ts'
import { parseResourceAttributes } from '../../shared/resource-attributes.ts'
import type { DetectorName, ResourceDetectionConfig } from './config.ts'
import { findHostname } from './hostname.ts'
import { hardwareAddresses, hostAddresses } from './interfaces.ts'
import { smallText } from './small-text.ts'

/** Where detectors look. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly host: HostFacts
  /** Of the host's own files: `/`, or where a container sees it. */
  readonly fileRoot: string
}

/**
 * @returns what was found; nothing where there is nothing to find
 * @throws where something is there and cannot be understood
 */
type Detect = (config: ResourceDetectionConfig, around: Surroundings) => Promise<Attributes>

export const detectorsByName: Readonly<Record<DetectorName, Detect>> = {
  env: fromEnvironment,
  system: ofSystem,
  dynatrace: fromDynatrace,
  elastic_beanstalk: fromElasticBeanstalk,
}

async function fromEnvironment(
  { env: { allow_list: allowed } }: ResourceDetectionConfig,
  { env }: Surroundings,
): Promise<Attributes> {
  const text = env['OTEL_RESOURCE_ATTRIBUTES']?.trim() || (env['OTEL_RESOURCE'] ?? '')
  const found = parseResourceAttributes(text)
  if (found === undefined) throw new Error('OTEL_RESOURCE_ATTRIBUTES must be key=value,key=value')
  const entries = [...found].filter(([key]) => allowed === undefined || allowed.includes(key))
  return Object.fromEntries(entries)
}

async function ofSystem(
  { system }: ResourceDetectionConfig,
  { host, fileRoot }: Surroundings,
): Promise<Attributes> {
  const { 'host.name': known } = host.attributes
  const name = typeof known === 'string' ? known : ''
  const wanted = system.resource_attributes
  const hostname = wanted['host.name'].enabled
    ? await findHostname(system.hostname_sources, name, join(fileRoot, 'etc/hosts'))
    : name
  return enabled(wanted, {
    ...host.attributes,
    ...host.system,
    'host.name': hostname,
    'host.ip': hostAddresses(),
    'host.mac': hardwareAddresses(),
  })
}

async function fromDynatrace(
  { dynatrace }: ResourceDetectionConfig,
  { fileRoot }: Surroundings,
): Promise<Attributes> {
  const file = 'var/lib/dynatrace/enrichment/dt_host_metadata.properties'
  const text = (await smallText(join(fileRoot, file))) ?? ''
  const pairs = text.split('\n').flatMap((line): [string, string][] => {
    const at = line.indexOf('=')
    return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1).trim()]] : []
  })
  return enabled(dynatrace.resource_attributes, Object.fromEntries(pairs))
}

async function fromElasticBeanstalk(
  { elasticbeanstalk }: ResourceDetectionConfig,
  { fileRoot }: Surroundings,
): Promise<Attributes> {
  const text = await smallText(join(fileRoot, 'var/elasticbeanstalk/xray/environment.conf'))
  if (text === undefined) return {}
  const told: unknown = JSON.parse(text)
  if (typeof told !== 'object' || told === null) throw new Error('environment.conf is no object')
  const facts = new Map<string, unknown>(Object.entries(told))
  return enabled(elasticbeanstalk.resource_attributes, {
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_elastic_beanstalk',
    'service.instance.id': textOf(facts.get('deployment_id')),
    'deployment.environment': textOf(facts.get('environment_name')),
    'service.version': textOf(facts.get('version_label')),
  })
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

/** Of the attributes those that are switched on and have a value. */
function enabled(
  switches: Readonly<Record<string, { readonly enabled: boolean } | undefined>>,
  found: Attributes,
): Attributes {
  const isEmpty = (value: Attributes[string]) =>
    value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  return Object.fromEntries(
    Object.entries(switches).flatMap(([key, one]) =>
      one?.enabled === true && Object.hasOwn(found, key) && !isEmpty(found[key])
        ? [[key, found[key]]]
        : [],
    ),
  )
}
