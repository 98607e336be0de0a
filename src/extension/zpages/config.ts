import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { endpointConfig } from '../shared/endpoint-config.ts'

/** The Collector's `zpages`, with one page. */
export const zpagesConfig = z.strictObject({
  endpoint: endpointConfig('localhost:55679'),
  tls: unsupported('it listens on loopback; put a proxy before it'),
  auth: unsupported('there are no authentication extensions'),
  expvar: unsupported('the status page has JSON: /debug/status.json'),
})

export type ZpagesConfig = z.output<typeof zpagesConfig>
