import { z } from 'zod'

const maxEndpoints = 32
const maxLabels = 64

/** `containers:` of the receiver. */
export const containersConfig = z
  .strictObject({
    enabled: z
      .union([z.literal('auto'), z.boolean()], { error: 'must be auto, true or false' })
      .default('auto')
      .describe(
        'Ask container runtimes for names, images and labels. `auto`: those that are there. `true`: it is a fault that none answers. `false`: resources have no more than `container.id`.',
      ),
    endpoints: z
      .array(
        z.string().regex(/^(unix:\/\/)?\/\S{1,100}$/, {
          error: 'must be the path of a unix socket, for example /run/podman/podman.sock',
        }),
      )
      .max(maxEndpoints)
      .default([])
      .describe(
        'Sockets of runtimes, if not the usual ones: of Docker, Podman, containerd, CRI-O, and of each user’s Podman and Docker. One whose name has `containerd` or `cri` is asked by the Container Runtime Interface, any other by the API of Docker.',
      ),
    labels: z
      .array(z.string().min(1).max(256))
      .max(maxLabels)
      .default([])
      .describe(
        'Labels that become attributes of resources, `container.label.KEY`. One that ends with `*` stands for all that begin so.',
      ),
  })
  .prefault({})
  .describe('Names and images of containers: see docs/identity.md.')

export type ContainersConfig = z.output<typeof containersConfig>
