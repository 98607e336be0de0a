import type { ConfigIssue } from './issue.ts'
import type { Environment } from './substitute.ts'

const place = { file: 'environment', line: 1, column: 1 }

interface OtlpVariable {
  readonly name: string
  readonly value: string
  /** For metrics only. */
  readonly isOfSignal: boolean
}

/** Reads the OpenTelemetry variables and collects what is wrong with them. An empty one counts as not set. */
export class OtelVariables {
  readonly errors: ConfigIssue[] = []
  readonly warnings: ConfigIssue[] = []
  readonly #env: Environment

  constructor(env: Environment) {
    this.#env = env
  }

  /** A variable of the OTLP exporter, by the end of its name: that of metrics before the general one. */
  otlp(end: string): OtlpVariable | undefined {
    for (const isOfSignal of [true, false]) {
      const name = `OTEL_EXPORTER_OTLP_${isOfSignal ? 'METRICS_' : ''}${end}`
      const value = this.#env[name]?.trim()
      if (value !== undefined && value !== '') return { name, value, isOfSignal }
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

/** `OTEL_EXPORTER_OTLP_HEADERS`: `name=value,name=value`, values percent-encoded. */
export function readHeaders(reading: OtelVariables): Record<string, string> | undefined {
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
