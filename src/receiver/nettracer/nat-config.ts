import { z } from 'zod'

/** `peers: nat:` of the receiver. */
export const natConfig = z
  .strictObject({
    enabled: z
      .union([z.literal('auto'), z.boolean()], { error: 'must be auto, true or false' })
      .default('auto')
      .describe(
        'Ask the kernel’s connection tracking what was translated, so that `network.peer.address` is what was reached. Needs CAP_NET_ADMIN; the kernel then tells the agent of each new connection that it tracks, about 1 µs. `auto`: where nf_conntrack is loaded; `true`: a warning where it is not. See docs/peers.md.',
      ),
  })
  .prefault({})
  .describe('Address translation (NAT) on this host.')
