import { z } from 'zod'
import { parseCidr } from '../../identity/cidr.ts'
import type { PeersSettings } from '../../identity/peer.ts'
import { dnsConfig } from './dns-config.ts'
import { natConfig } from './nat-config.ts'

const cidr = z.string().refine((text) => parseCidr(text) !== undefined, {
  error: 'not a range of addresses: write a CIDR, for example 203.0.113.0/24 or 2001:db8::/32',
})

/** More than that is a file: `range_files`. */
const maxGroupCidrs = 1000

const publicPeers = z
  .union([z.enum(['aggregate', 'address']), z.array(cidr).min(1)], {
    error: 'must be aggregate, address or a list of CIDRs',
  })
  .default('aggregate')
  .describe(
    'How public addresses are named: all as `public` (aggregate), each by itself (address), or by the longest of these CIDRs that holds them, else `public`. Each name is a series of its own.',
  )

const peerGroups = z
  .record(
    z.string().regex(/^[^\s\p{Cc}]{1,63}$/u, {
      error: 'the name of a group has 1 to 63 characters, no spaces',
    }),
    z.array(cidr).min(1),
  )
  .refine((groups) => Object.values(groups).flat().length <= maxGroupCidrs, {
    error: `there may be at most ${maxGroupCidrs} CIDRs in all groups`,
  })
  .default({})
  .describe(
    'Names for addresses of any kind, each with a list of CIDRs: `databases: [10.1.0.0/16]`. The longest CIDR that holds an address names it, before `public` is asked. Each name is a series of its own.',
  )

const serviceName = z.string().min(1).max(255)

const peerServices = z
  .array(
    z.strictObject({
      cidrs: z.array(cidr).min(1).describe('Addresses at which it is.'),
      ports: z
        .array(z.int().min(1).max(65_535))
        .min(1)
        .optional()
        .describe(
          'Ports at which it listens. Absent: any, and it is known by its addresses as a client, too.',
        ),
      'service.name': serviceName,
      'service.namespace': serviceName.optional(),
    }),
  )
  .refine((services) => services.flatMap(({ cidrs }) => cidrs).length <= maxGroupCidrs, {
    error: `there may be at most ${maxGroupCidrs} CIDRs in all services`,
  })
  .default([])
  .describe(
    'Services by where they are, for those that nothing else tells of: the longest CIDR that holds an address names it, of equal ones one with a port that fits.',
  )

const rangeFiles = z
  .array(
    z.strictObject({
      file: z.string().min(1).describe('Its path. It is read again when it changes.'),
      format: z
        .enum(['auto', 'aws', 'gcp', 'azure', 'text'], {
          error: 'must be auto, aws, gcp, azure or text',
        })
        .default('auto')
        .describe(
          'Ranges as AWS (ip-ranges.json), GCP (cloud.json) or Azure (ServiceTags_Public.json) publish them, or lines of `CIDR NAME`.',
        ),
      keys: z
        .array(z.enum(['region', 'service'], { error: 'must be region or service' }))
        .default(['region', 'service'])
        .describe(
          'What a name is made of, behind the provider: `aws:eu-central-1:S3`. Fewer keys are fewer series.',
        ),
    }),
  )
  .max(16)
  .default([])
  .describe(
    'Files of ranges that cloud providers publish: their names stand for addresses as those of `groups` do, which come first.',
  )

const database = z.string().min(1).optional()

export const peersConfig = z
  .strictObject({
    public: publicPeers,
    groups: peerGroups,
    services: peerServices,
    range_files: rangeFiles,
    dns: dnsConfig,
    nat: natConfig,
    as_database: database.describe(
      'A file in MaxMind’s format (GeoLite2-ASN.mmdb) for the autonomous systems of public peers. It is read again when it changes. The attributes are off by default: see `attributes`.',
    ),
    country_database: database.describe('Likewise (GeoLite2-Country.mmdb) for their countries.'),
  })
  .prefault({})
  .describe('How the other side of a connection is named.')

export type PeersConfig = z.output<typeof peersConfig>

export function peersSettings(config: PeersConfig): PeersSettings {
  return {
    public: config.public,
    groups: config.groups,
    services: config.services.map((one) => ({
      cidrs: one.cidrs,
      ports: one.ports,
      name: one['service.name'],
      namespace: one['service.namespace'],
    })),
    rangeFiles: config.range_files,
    asDatabase: config.as_database,
    countryDatabase: config.country_database,
  }
}
