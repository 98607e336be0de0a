import { z } from 'zod'
import { duration } from '../../config/values.ts'
import type { Temporality } from '../../model/metrics.ts'
import { closeRecordsConfig } from './close-records/config.ts'
import { containersConfig } from './containers-config.ts'
import { identityConfig } from './identity-config.ts'
import { kubernetesConfig } from './kubernetes-config.ts'
import { attributeChoices, isIn, metricChoices } from './metrics-config.ts'
import { peersConfig } from './peers-config.ts'
import { resourceAttributesConfig } from './resource-attributes-config.ts'

export const nettracerConfig = z.strictObject({
  collection_interval: duration
    .refine((ms) => ms >= 100, { error: 'must be 100ms or more' })
    .prefault('10s')
    .describe(
      'How often open connections are read. Short ones need no reading: they report at their end.',
    ),
  align_collections: z
    .boolean()
    .default(true)
    .describe(
      'Collect at multiples of `collection_interval` of the clock, so that all hosts do it at the same instants. `false`: from the start on, at instants of each host’s own.',
    ),
  source: z
    .enum(['auto', 'ebpf', 'inet_diag'], { error: 'must be auto, ebpf or inet_diag' })
    .default('auto')
    .describe(
      'Where readings come from: BPF programs, or dumps of the kernel’s sockets over netlink. `auto` is ebpf, and inet_diag where BPF cannot be used. What each can tell: docs/sources.md.',
    ),
  transports: z
    .array(z.enum(['tcp', 'udp'], { error: 'must be tcp or udp' }))
    .refine((transports) => transports.includes('tcp'), {
      error: 'must have tcp: udp alone cannot be watched',
    })
    .default(['tcp', 'udp'])
    .describe(
      'Transport protocols to watch. udp runs at each read and write of a UDP socket, about 0.1 µs; the source inet_diag tells only of open sockets and drops.',
    ),
  response_time: z
    .boolean()
    .default(true)
    .describe(
      'Response times of any protocol, by when a process reads and writes. Costs about 0.1 µs a read and write.',
    ),
  profile: z
    .enum(['nettracer', 'dynatrace', 'semconv'], {
      error: 'must be nettracer, dynatrace or semconv',
    })
    .default('nettracer')
    .describe(
      'How metrics are named. `dynatrace`: those of its own NetTracer and no others, always delta. `semconv`: those of the OpenTelemetry semantic conventions, `tcp.*` where there are none, times in seconds. `metrics` below has the names of nettracer in any profile. See docs/metrics.md.',
    ),
  metrics: metricChoices
    .default({})
    .describe(
      'Metrics to turn off or on, and the attributes they are reported by: see docs/metrics.md.',
    ),
  attributes: attributeChoices
    .default({})
    .describe(
      'Attributes to turn off or on for all metrics that may have them and do not name theirs: see docs/metrics.md. What is off is summed over.',
    ),
  resource_attributes: resourceAttributesConfig,
  series_limit: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(20_000)
    .describe(
      'Attribute sets kept apart, each of one process. The rest share one overflow series, so totals stay true; `series_ranking` says which are kept.',
    ),
  series_ranking: z
    .enum(['bytes', 'retransmissions', 'connections'], {
      error: 'must be bytes, retransmissions or connections',
    })
    .default('bytes')
    .describe(
      'Of what those that are kept apart beyond `series_limit` have the most: payload bytes, retransmitted segments, or connections that began, ended or failed. Listening sockets are always kept first.',
    ),
  series_expiration: duration
    .refine((ms) => ms > 0, { error: 'must be longer than 0' })
    .prefault('5m')
    .describe(
      'How long a series without open connections stays after its last report, while its process lives.',
    ),
  peers: peersConfig,
  exemplars: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          'Name the peer of the slowest round trip, connect and answer of each interval, in series that several peers share, such as `public`. Addresses may be personal data.',
        ),
    })
    .prefault({})
    .describe('One observation beside each histogram, with the address of its peer: an exemplar.'),
  identity: identityConfig,
  kubernetes: kubernetesConfig,
  containers: containersConfig,
  close_records: closeRecordsConfig,
})

/** Defaults filled in, durations in ms. */
export type NettracerConfig = z.output<typeof nettracerConfig>

/** What a configuration for a later version asks for, too. */
export function remarksOn(config: NettracerConfig): string[] {
  const { profile } = config
  const remarks: string[] = []
  for (const [name, choice] of Object.entries(config.metrics)) {
    if (choice?.enabled !== true || isIn(profile, name)) continue
    remarks.push(`metrics: ${name} is on, but the profile ${profile} does not have it`)
  }
  return remarks
}

/** Dynatrace takes no cumulative sums or histograms. */
export function onlyTemporality({ profile }: NettracerConfig): Temporality | undefined {
  return profile === 'dynatrace' ? 'delta' : undefined
}
