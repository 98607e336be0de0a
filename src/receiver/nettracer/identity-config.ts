import { z } from 'zod'
import { duration } from '../../config/values.ts'

export const identityConfig = z
  .strictObject({
    kubernetes_labels: z
      .boolean()
      .default(false)
      .describe(
        'Whether labels of a pod name the service: `app.kubernetes.io/instance`, else `app.kubernetes.io/name`; and `app.kubernetes.io/version` its version.',
      ),
    refresh: duration
      .refine((ms) => ms >= 1000, { error: 'must be 1s or more' })
      .prefault('5m')
      .describe(
        'How often a living process is looked at again, after two looks 5 s and 30 s after the first: it may run another program, or publish its resource late.',
      ),
  })
  .prefault({})
  .describe('Whose a connection is, and what its service is called: see docs/identity.md.')

/** Durations in ms. */
export type IdentityConfig = z.output<typeof identityConfig>
