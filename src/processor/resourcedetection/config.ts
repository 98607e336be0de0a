import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { duration } from '../../config/values.ts'

const detectors = ['env', 'system', 'dynatrace', 'elastic_beanstalk'] as const

/** The Collector's other detectors. Each asks somebody over a network or a socket, or is for places without eBPF. */
const networkDetectors = [
  'aks',
  'akamai',
  'alibaba_ecs',
  'azure',
  'azurecontainerapps',
  'consul',
  'digitalocean',
  'docker',
  'ec2',
  'ecs',
  'eks',
  'gcp',
  'heroku',
  'hetzner',
  'ibmcloud_classic',
  'ibmcloud_vpc',
  'k8s_api',
  'k8snode',
  'kubeadm',
  'lambda',
  'nova',
  'openshift',
  'oraclecloud',
  'scaleway',
  'tencent_cvm',
  'upcloud',
  'vultr',
] as const
type NetworkDetector = (typeof networkDetectors)[number]

const filesOnly =
  'detectors here read files and the environment, they ask no metadata service and no API'

const otherSections = Object.fromEntries(
  networkDetectors.map((name) => [name, unsupported(filesOnly)]),
) as Record<NetworkDetector, ReturnType<typeof unsupported>>

const detector = z.enum(detectors, {
  error: ({ input }) =>
    networkDetectors.some((name) => name === input)
      ? `not supported here: ${filesOnly} (${detectors.join(', ')})`
      : undefined,
})

const attribute = (enabled: boolean, what: string) =>
  z.strictObject({ enabled: z.boolean().default(enabled).describe(what) }).prefault({})

const noCpu = 'what the processor is, is not read'

const system = z.strictObject({
  hostname_sources: z
    .array(z.enum(['dns', 'os', 'cname', 'lookup']))
    .default(['dns', 'os'])
    .describe(
      'Where `host.name` comes from; the first that has one counts. `dns`: the name with its domain, from `/etc/hosts` or by a reverse look-up; `os`: as the kernel has it; `cname`: what the name is an alias of; `lookup`: the reverse look-up of its addresses.',
    ),
  resource_attributes: z
    .strictObject({
      'host.name': attribute(true, 'Name of the host.'),
      'host.id': attribute(false, 'The machine id.'),
      'host.arch': attribute(false, 'Architecture, as OpenTelemetry names it.'),
      'host.ip': attribute(false, 'Addresses of the host, without loopback.'),
      'host.mac': attribute(false, 'Hardware addresses of the host.'),
      'os.type': attribute(true, '`linux`.'),
      'os.description': attribute(false, '`PRETTY_NAME` of os-release.'),
      'os.version': attribute(false, '`VERSION_ID` of os-release.'),
      'host.cpu.cache.l2.size': unsupported(noCpu),
      'host.cpu.family': unsupported(noCpu),
      'host.cpu.model.id': unsupported(noCpu),
      'host.cpu.model.name': unsupported(noCpu),
      'host.cpu.stepping': unsupported(noCpu),
      'host.cpu.vendor.id': unsupported(noCpu),
      'host.interface': unsupported('interfaces have no place in the resource of a process'),
      'os.build.id': unsupported('the kernel is not described'),
      'os.name': unsupported('os.description has it'),
    })
    .prefault({}),
})

const dynatrace = z.strictObject({
  resource_attributes: z
    .strictObject({
      'dt.entity.host': attribute(true, 'The host in Dynatrace.'),
      'dt.smartscape.host': attribute(true, 'The host in Smartscape.'),
      'host.name': attribute(true, 'Name that Dynatrace has for the host.'),
    })
    .prefault({}),
})

const beanstalk = z.strictObject({
  resource_attributes: z
    .strictObject({
      'cloud.platform': attribute(true, '`aws_elastic_beanstalk`.'),
      'cloud.provider': attribute(true, '`aws`.'),
      'deployment.environment': attribute(true, 'Name of the environment.'),
      'service.instance.id': attribute(
        true,
        'The deployment, for a resource without an instance of its own.',
      ),
      'service.version': attribute(true, 'Label of the version.'),
    })
    .prefault({}),
})

export const resourceDetectionConfig = z.strictObject({
  detectors: z
    .array(detector)
    .min(1)
    .default(['env'])
    .describe(
      'Who tells of this host; of equal attributes the first one counts. `env`: `OTEL_RESOURCE_ATTRIBUTES` of the agent; `system`: the machine; `dynatrace`: `/var/lib/dynatrace/enrichment/dt_host_metadata.properties`; `elastic_beanstalk`: `/var/elasticbeanstalk/xray/environment.conf`.',
    ),
  override: z
    .boolean()
    .default(true)
    .describe(
      'What was detected takes the place of what a resource has, but for `service.instance.id`, which tells processes apart. Mind that `env` can so rename every process; `false` adds only.',
    ),
  timeout: duration
    .prefault('5s')
    .describe('The longest that detection may take; what it did not find by then is left out.'),
  refresh_interval: duration.prefault('0s').describe('Detect again after this time. 0s: never.'),
  env: z
    .strictObject({
      allow_list: z
        .array(z.string())
        .optional()
        .describe('Attributes of the environment that count. Without it all.'),
    })
    .prefault({}),
  system: system.prefault({}),
  dynatrace: dynatrace.prefault({}),
  elasticbeanstalk: beanstalk.prefault({}),
  fail_on_missing_metadata: unsupported('no metadata service is asked'),
  ...otherSections,
})

/** Output: durations in milliseconds. */
export type ResourceDetectionConfig = z.output<typeof resourceDetectionConfig>
export type DetectorName = ResourceDetectionConfig['detectors'][number]
export type HostnameSource = ResourceDetectionConfig['system']['hostname_sources'][number]
