import type { SignalName } from '../../model/signal.ts'
import { urlFault } from '../wire/http/urls.ts'

interface Endpoints {
  readonly endpoint?: string | undefined
  readonly metrics_endpoint?: string | undefined
  readonly logs_endpoint?: string | undefined
}

/**
 * Where a signal is sent: its own endpoint as it is, else the common one with `/v1/SIGNAL` behind its path.
 *
 * @returns `undefined` if there is neither
 */
export function urlOf(config: Endpoints, signal: SignalName): URL | undefined {
  const own = config[`${signal}_endpoint`]
  if (own !== undefined) return new URL(own)
  if (config.endpoint === undefined) return undefined
  return new URL(`${config.endpoint.replace(/\/$/, '')}/v1/${signal}`)
}

/** @returns what is wrong with a URL of the configuration, if anything */
export function endpointFault(text: string, isBase: boolean): string | undefined {
  const fault = urlFault(text)
  if (fault !== undefined || !isBase || new URL(text).search === '') return fault
  return 'a path is added to it, so it has no ?: use metrics_endpoint'
}

/** @returns what to say where {@link urlOf} finds none */
export function missingEndpoint(signal: SignalName): string {
  return `endpoint or ${signal}_endpoint must be given for a pipeline of ${signal}`
}
