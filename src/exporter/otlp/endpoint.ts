/** Where a gRPC endpoint leads. */
export interface Endpoint {
  /** A target of grpc-js, with its resolver's scheme. */
  readonly target: string
  /** `http`, `https`: as the user wrote it; `none` where only the `tls` section says what to speak. */
  readonly scheme: 'http' | 'https' | 'none'
  /** A process on this host, which no proxy of the environment may stand before. */
  readonly isLocal: boolean
}

/**
 * Reads an endpoint as the Collector writes it: `host:port`, `http://host:port`, `https://host:port`,
 * `dns:///host:port`, `unix:///path`, `unix:path`.
 *
 * @returns what is wrong, as text, if it is none
 */
export function parseEndpoint(text: string): Endpoint | string {
  const prefix = /^(?:unix:(?:\/\/)?|[a-z][a-z0-9+.-]*:\/\/)/i.exec(text)?.[0] ?? ''
  const scheme = prefix.replace(/:\/*$/, '').toLowerCase()
  const read = readers.get(scheme)
  if (read !== undefined) return read(text.slice(prefix.length))
  return `the scheme ${prefix} is not supported: write host:port, http://, https://, dns:/// or unix:`
}

type Reader = (rest: string) => Endpoint | string

const readers = new Map<string, Reader>([
  ['', (rest) => toHost(rest, 'none')],
  ['http', (rest) => toHost(rest.replace(/\/$/, ''), 'http')],
  ['https', (rest) => toHost(rest.replace(/\/$/, ''), 'https')],
  ['dns', afterAuthority],
  ['passthrough', afterAuthority],
  ['unix', toSocket],
])

function toSocket(path: string): Endpoint | string {
  if (path === '') return 'the path of the unix socket is missing'
  return { target: `unix:${path}`, scheme: 'none', isLocal: true }
}

/** grpc-js asks no other name server than the system's. */
function afterAuthority(rest: string): Endpoint | string {
  if (!rest.startsWith('/')) return 'a name server is not supported here: write dns:///host:port'
  return toHost(rest.slice(1), 'none')
}

function toHost(text: string, scheme: Endpoint['scheme']): Endpoint | string {
  if (/[/?#@\s]/.test(text)) {
    return 'only a host and a port: a gRPC endpoint has no path, query or user'
  }
  const [, host, port] = /^(\[[^\]]*\]|[^:]*):([^:]*)$/.exec(text) ?? []
  if (host === undefined || port === undefined) {
    return 'the port is missing: write host:port (OTLP over gRPC uses 4317)'
  }
  if (!isPort(port)) return `${JSON.stringify(port)} is not a port`
  const name = host === '' ? 'localhost' : host
  return { target: `dns:${name}:${port}`, scheme, isLocal: isLoopback(name) }
}

const isPort = (text: string): boolean =>
  /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || host.startsWith('127.')
