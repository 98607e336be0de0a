import { z } from 'zod'
import { duration } from '../../config/values.ts'

/** `peers: dns:` of the receiver. */
export const dnsConfig = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'Read the answers of DNS that processes of this host receive over UDP, so that `server.address` is the name that was asked for. Needs the source ebpf and Linux 6.3: docs/peers.md.',
      ),
    reverse_lookups: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe(
            'Ask DNS for the names of addresses that no process asked a name for. They are what the owner of the address says, and each is a question to somebody’s server.',
          ),
        private_addresses: z
          .boolean()
          .default(false)
          .describe('Ask for private addresses too. Most resolvers know nothing of them.'),
        per_second: z
          .int()
          .min(1)
          .max(100)
          .default(5)
          .describe('Questions a second, at most. No more than 4 wait for an answer at once.'),
        timeout: duration
          .refine((ms) => ms >= 100 && ms <= 30_000, { error: 'must be 100ms to 30s' })
          .prefault('2s')
          .describe('How long an answer is waited for.'),
      })
      .prefault({})
      .describe('Names of addresses, asked for by the agent itself.'),
  })
  .prefault({})
  .describe('Names of the other side from DNS.')

export type DnsConfig = z.output<typeof dnsConfig>
