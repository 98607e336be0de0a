import { z } from 'zod'
import { parseEndpoint } from '../../shared/listen-address.ts'

/** Where an extension listens. */
export function endpointConfig(preset: string) {
  return z
    .string()
    .refine((text) => parseEndpoint(text) !== undefined, {
      error:
        'not an address to listen on: write host:port without a scheme, for example localhost:13133 or 0.0.0.0:13133',
    })
    .default(preset)
    .describe('Address to listen on, `host:port`. An empty host is every address of this machine.')
}
