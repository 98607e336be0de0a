import type { ConfigIssue } from './issue.ts'
import { type LocatedMap, toLocated } from './located.ts'
import type { Environment } from './substitute.ts'

/** What the OpenTelemetry variables say, as configuration to lay over the embedded one. */
export interface EnvironmentConfig {
  readonly fragment: Record<string, unknown>
  readonly errors: readonly ConfigIssue[]
  readonly warnings: readonly ConfigIssue[]
}

const place = { file: 'environment', line: 1, column: 1 }

/**
 * Maps the OpenTelemetry variables to configuration: an exporter `otlp` in a pipeline of its own when an endpoint is
 * given, and the collection interval. A variable of `..._METRICS_...` comes before the general one; an empty one counts
 * as not set. `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` name the agent itself and are not read here.
 */
export function readEnvironment(env: Environment): EnvironmentConfig {
  const reading = new Reading(env)
  const interval = reading.milliseconds('OTEL_METRIC_EXPORT_INTERVAL')
  const receiver = interval !== undefined && {
    receivers: { nettracer: { collection_interval: interval } },
  }
  const exporter = reading.otlp('ENDPOINT') !== undefined && {
    exporters: { otlp: otlpConfig(reading) },
    service: {
      pipelines: { 'metrics/otlp': { receivers: ['nettracer'], exporters: ['otlp'] } },
    },
  }
  const { errors, warnings } = reading
  return { fragment: { ...receiver, ...exporter }, errors, warnings }
}

/** The fragment as a source to load. */
export function asSource({ fragment }: EnvironmentConfig): LocatedMap {
  const located = toLocated(fragment, place)
  return located.kind === 'map' ? located : { kind: 'map', place, entries: new Map() }
}

function otlpConfig(reading: Reading): Record<string, unknown> {
  reading.oneOf('PROTOCOL', ['grpc'], 'this version speaks OTLP over gRPC only')
  const { endpoint, isInsecure } = readEndpoint(reading)
  const files = {
    ca_file: reading.otlp('CERTIFICATE')?.value,
    cert_file: reading.otlp('CLIENT_CERTIFICATE')?.value,
    key_file: reading.otlp('CLIENT_KEY')?.value,
  }
  return withoutUndefined({
    endpoint,
    tls: isInsecure ? { insecure: true } : withoutUndefined({ insecure: false, ...files }),
    headers: readHeaders(reading),
    compression: reading.oneOf('COMPRESSION', ['gzip', 'none']),
    timeout: reading.milliseconds(reading.otlp('TIMEOUT')?.name),
    temporality_preference: reading.oneOf('TEMPORALITY_PREFERENCE', [
      'cumulative',
      'delta',
      'lowmemory',
    ]),
  })
}

/** `http://` is without TLS, `https://` with it; for an endpoint without a scheme `..._INSECURE` decides. */
function readEndpoint(reading: Reading): { endpoint: string; isInsecure: boolean } {
  const { name, value } = reading.otlp('ENDPOINT') ?? { name: '', value: '' }
  const isInsecure = reading.oneOf('INSECURE', ['true', 'false']) === 'true'
  if (!/^https?:\/\//i.test(value)) return { endpoint: value, isInsecure }
  if (!URL.canParse(value)) {
    reading.error(name, 'is not a URL: write http://HOST:PORT')
    return { endpoint: value, isInsecure }
  }
  const url = new URL(value)
  checkUrl(url, name, reading)
  const isPlain = url.protocol === 'http:'
  // A URL drops the port that its scheme implies; 4317 is the one of OTLP, 443 that of hosted backends.
  const port = /:(\d+)\/?$/.exec(value)?.[1] ?? (isPlain ? '4317' : '443')
  return { endpoint: `${url.hostname}:${port}`, isInsecure: isPlain }
}

function checkUrl(url: URL, name: string, reading: Reading): void {
  if (url.pathname !== '/' || url.search !== '' || url.username !== '') {
    const rule = 'this version speaks OTLP over gRPC, whose endpoint is http://HOST:PORT'
    reading.error(name, `has more than a host and a port: ${rule}`)
  }
  if (url.port === '4318') {
    reading.warn(name, 'port 4318 is that of OTLP over HTTP; this version speaks gRPC, port 4317')
  }
}

/** `name=value,name=value`, values percent-encoded. */
function readHeaders(reading: Reading): Record<string, string> | undefined {
  const given = reading.otlp('HEADERS')
  if (given === undefined) return undefined
  const headers: Record<string, string> = {}
  for (const pair of given.value.split(',')) {
    if (pair.trim() === '') continue
    const split = pair.indexOf('=')
    const name = pair.slice(0, Math.max(split, 0)).trim()
    const value = decode(pair.slice(split + 1).trim())
    if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && value !== undefined) headers[name] = value
    // The text is not repeated: it may be a secret.
    else reading.error(given.name, 'must be name=value,name=value with percent-encoded values')
  }
  return headers
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

class Reading {
  readonly errors: ConfigIssue[] = []
  readonly warnings: ConfigIssue[] = []
  readonly #env: Environment

  constructor(env: Environment) {
    this.#env = env
  }

  /** A variable of the OTLP exporter, by the end of its name. */
  otlp(end: string): { readonly name: string; readonly value: string } | undefined {
    for (const start of ['OTEL_EXPORTER_OTLP_METRICS_', 'OTEL_EXPORTER_OTLP_']) {
      const name = start + end
      const value = this.#env[name]?.trim()
      if (value !== undefined && value !== '') return { name, value }
    }
    return undefined
  }

  oneOf(end: string, allowed: readonly string[], why?: string): string | undefined {
    const given = this.otlp(end)
    const value = given?.value.toLowerCase()
    if (given === undefined || value === undefined || allowed.includes(value)) return value
    const rule = `must be ${allowed.join(' or ')}, not ${JSON.stringify(given.value)}`
    this.error(given.name, why === undefined ? rule : `${rule}: ${why}`)
    return undefined
  }

  /** A number of milliseconds, as a duration. */
  milliseconds(name: string | undefined): string | undefined {
    const value = name === undefined ? undefined : this.#env[name]?.trim()
    if (name === undefined || value === undefined || value === '') return undefined
    if (/^[1-9]\d{0,9}$/.test(value)) return `${value}ms`
    const rule = 'must be a whole number of milliseconds above 0'
    this.error(name, `${rule}, not ${JSON.stringify(value)}`)
    return undefined
  }

  error(name: string, message: string): void {
    this.errors.push({ place, path: [name], message })
  }

  warn(name: string, message: string): void {
    this.warnings.push({ place, path: [name], message })
  }
}

function withoutUndefined(map: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined))
}
