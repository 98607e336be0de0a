import type { ConfigIssue } from './issue.ts'
import { type LocatedMap, toLocated } from './located.ts'
import { OtelVariables, readHeaders } from './otel-variables.ts'
import type { Environment } from './substitute.ts'

/** What the OpenTelemetry variables say, as configuration to lay over the embedded one. */
export interface EnvironmentConfig {
  readonly fragment: Record<string, unknown>
  readonly errors: readonly ConfigIssue[]
  readonly warnings: readonly ConfigIssue[]
}

const place = { file: 'environment', line: 1, column: 1 }

/**
 * Maps the OpenTelemetry variables to configuration: an exporter `otlp`, or `otlphttp` if the protocol is HTTP, in a
 * pipeline of its own when an endpoint is given, and the collection interval. `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` name the agent itself and are not read here.
 */
export function readEnvironment(env: Environment): EnvironmentConfig {
  const reading = new OtelVariables(env)
  const interval = reading.milliseconds('OTEL_METRIC_EXPORT_INTERVAL')
  const receiver = interval !== undefined && {
    receivers: { nettracer: { collection_interval: interval } },
  }
  const exporters = reading.otlp('ENDPOINT') === undefined ? {} : readExporter(reading)
  const [id] = Object.keys(exporters)
  const exporter = id !== undefined && {
    exporters,
    service: {
      pipelines: { [`metrics/${id}`]: { receivers: ['nettracer'], exporters: [id] } },
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

const protocols = ['grpc', 'http/protobuf', 'http/json']

/** The exporter that the variables ask for. */
function readExporter(reading: OtelVariables): Record<string, Record<string, unknown>> {
  const protocol = reading.oneOf('PROTOCOL', protocols) ?? 'grpc'
  const shared = {
    headers: readHeaders(reading),
    compression: reading.oneOf('COMPRESSION', ['gzip', 'none']),
    timeout: reading.milliseconds(reading.otlp('TIMEOUT')?.name),
    temporality_preference: reading.oneOf('TEMPORALITY_PREFERENCE', [
      'cumulative',
      'delta',
      'lowmemory',
    ]),
  }
  if (protocol === 'grpc') return { otlp: withoutUndefined({ ...readGrpc(reading), ...shared }) }
  const encoding = protocol === 'http/json' ? 'json' : undefined
  return { otlphttp: withoutUndefined({ ...readHttp(reading), encoding, ...shared }) }
}

/** `http://` is without TLS, `https://` with it; for an endpoint without a scheme `..._INSECURE` decides. */
function readGrpc(reading: OtelVariables): Record<string, unknown> {
  const { name, value } = reading.otlp('ENDPOINT') ?? { name: '', value: '' }
  const isInsecure = reading.oneOf('INSECURE', ['true', 'false']) === 'true'
  if (!/^https?:\/\//i.test(value)) {
    return { endpoint: value, tls: isInsecure ? { insecure: true } : readTls(reading) }
  }
  const url = readUrl(reading)
  if (url === undefined) return { endpoint: value }
  checkGrpcUrl(url, name, reading)
  const isPlain = url.protocol === 'http:'
  // A URL drops the port that its scheme implies; 4317 is the one of OTLP, 443 that of hosted backends.
  const port = /:(\d+)\/?$/.exec(value)?.[1] ?? (isPlain ? '4317' : '443')
  const tls = isPlain ? { insecure: true } : readTls(reading)
  return { endpoint: `${url.hostname}:${port}`, tls }
}

function checkGrpcUrl(url: URL, name: string, reading: OtelVariables): void {
  if (url.pathname !== '/' || url.search !== '' || url.username !== '') {
    const rule = 'an endpoint of gRPC, the default protocol, is http://HOST:PORT'
    reading.error(name, `has more than a host and a port: ${rule}`)
  }
  if (url.port === '4318') {
    const why = 'port 4318 is that of OTLP over HTTP, but the protocol is gRPC, port 4317'
    reading.warn(name, `${why}: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf for the other`)
  }
}

/** The endpoint of metrics as it is; to the general one the path is added. */
function readHttp(reading: OtelVariables): Record<string, unknown> {
  const { name, value, isOfSignal } = reading.otlp('ENDPOINT') ?? { name: '', value: '' }
  const url = readUrl(reading)
  if (url?.port === '4317') {
    reading.warn(name, 'port 4317 is that of OTLP over gRPC, but the protocol is HTTP, port 4318')
  }
  return {
    [isOfSignal === true ? 'metrics_endpoint' : 'endpoint']: value,
    ...(url?.protocol === 'https:' ? { tls: readTls(reading) } : {}),
  }
}

function readUrl(reading: OtelVariables): URL | undefined {
  const { name, value } = reading.otlp('ENDPOINT') ?? { name: '', value: '' }
  if (/^https?:\/\//i.test(value) && URL.canParse(value)) return new URL(value)
  reading.error(name, 'is not a URL: write http://HOST:PORT')
  return undefined
}

function readTls(reading: OtelVariables): Record<string, unknown> {
  const files = {
    ca_file: reading.otlp('CERTIFICATE')?.value,
    cert_file: reading.otlp('CLIENT_CERTIFICATE')?.value,
    key_file: reading.otlp('CLIENT_KEY')?.value,
  }
  return { insecure: false, ...withoutUndefined(files) }
}

function withoutUndefined(map: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined))
}
