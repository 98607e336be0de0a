import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { duration } from '../../config/values.ts'
import { endpointConfig } from '../shared/endpoint-config.ts'

const path = z.string().regex(/^\/[^?#\s]*$/, 'a path begins with /')

/** The Collector's `health_check`, and of its next version `component_health`. */
export const healthCheckConfig = z.strictObject({
  endpoint: endpointConfig('localhost:13133'),
  path: path
    .default('/')
    .describe('Where readiness is told: 200 while all runs, else 503 with the reasons.'),
  live_path: path
    .default('/live')
    .describe(
      'Where liveness is told: 200 as long as the process answers. Not a key of the Collector.',
    ),
  response_body: z
    .strictObject({
      healthy: z.string().default('').describe('Instead of the JSON, when ready.'),
      unhealthy: z.string().default('').describe('Instead of the JSON, when not ready.'),
    })
    .prefault({})
    .describe('Bodies of the answers. Empty: JSON with the reasons.'),
  component_health: z
    .strictObject({
      include_permanent_errors: z
        .boolean()
        .default(true)
        .describe(
          'Whether a receiver that cannot read makes it not ready: no source runs, collections fail.',
        ),
      include_recoverable_errors: z
        .boolean()
        .default(false)
        .describe(
          'Whether other components make it not ready: an exporter whose requests fail, or that drops.',
        ),
      recovery_duration: duration
        .prefault('1m')
        .describe('How long something must be wrong to count.'),
    })
    .prefault({})
    .describe('What of single components counts. All of it is in the answer in any case.'),
  tls: unsupported('it listens on loopback; put a proxy before it'),
  auth: unsupported('there are no authentication extensions'),
  check_collector_pipeline: unsupported('use component_health'),
  use_v2: unsupported('what is supported of it stands beside endpoint'),
})

/** Durations in milliseconds. */
export type HealthCheckConfig = z.output<typeof healthCheckConfig>
