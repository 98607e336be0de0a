import type { SignalName } from '../../model/signal.ts'

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
  if (!/^https?:\/\//i.test(text)) {
    return 'write a URL: http://HOST:PORT (plain text) or https://HOST:PORT'
  }
  if (!URL.canParse(text)) return 'not a URL'
  const { search, hash } = new URL(text)
  if (hash !== '') return 'a URL to send to has no #'
  if (isBase && search !== '') return 'a path is added to it, so it has no ?: use metrics_endpoint'
  return undefined
}

/** For logs: without user, password and query, which may be secret. */
export function publicName({ origin, pathname }: URL): string {
  return `${origin}${pathname}`
}

/** @returns what to say where {@link urlOf} finds none */
export function missingEndpoint(signal: SignalName): string {
  return `endpoint or ${signal}_endpoint must be given for a pipeline of ${signal}`
}
