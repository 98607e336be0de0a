import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { duration } from '../../config/values.ts'
import { isLoopback } from '../../shared/listen-address.ts'
import { endpointConfig } from '../shared/endpoint-config.ts'

const notHere = 'Node.js has no such profile'

/** The Collector's `pprof`, as far as it fits: profiles are V8's. */
export const pprofConfig = z
  .strictObject({
    endpoint: endpointConfig('localhost:1777'),
    allow_remote: z
      .boolean()
      .default(false)
      .describe(
        'Whether `endpoint` may be another address than loopback: a profile tells what the program does, and costs CPU. Not a key of the Collector.',
      ),
    max_duration: duration
      .refine((ms) => ms >= 1000 && ms <= 600_000, { error: 'must be from 1s to 10m' })
      .prefault('1m')
      .describe('The longest profile. Not a key of the Collector.'),
    block_profile_fraction: unsupported(notHere),
    mutex_profile_fraction: unsupported(notHere),
    save_to_file: unsupported('profiles are taken on demand, over HTTP'),
  })
  .superRefine(({ endpoint, allow_remote: isAllowed }, context) => {
    if (isAllowed || isLoopback(endpoint)) return
    const message = 'is not loopback: set allow_remote: true beside it, if that is meant'
    context.addIssue({ code: 'custom', path: ['endpoint'], message })
  })

/** Durations in milliseconds. */
export type PprofConfig = z.output<typeof pprofConfig>
