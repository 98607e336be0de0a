import type { Catalogue, CatalogueMetric } from './metric-catalogue.ts'
import { kindOf, metricAttributes, valueTypeOf } from './metric-catalogue.ts'

const head = `// Made from config/metadata.yaml by tools/generate-metrics.ts. Do not edit.

export type MetricKind = 'sum' | 'up_down_counter' | 'gauge' | 'exponential_histogram'

export interface MetricDefinition<Name extends string = string> {
  readonly name: Name
  readonly description: string
  /** UCUM. */
  readonly unit: string
  /** \`sum\` only grows. */
  readonly kind: MetricKind
  readonly valueType: 'int' | 'double'
  /** Reported if the configuration does not say otherwise. */
  readonly enabled: boolean
  /** Those it may have; all but {@link optInAttributes} are on if the configuration does not say otherwise. */
  readonly attributes: readonly AttributeName[]
}
`

/** The text of src/generated/metrics.ts, as the formatter leaves it. */
export function metricConstants(catalogue: Catalogue): string {
  const names = metricAttributes(catalogue).map(([name]) => `  ${quote(name)},`)
  const optIn = Object.entries(catalogue.attributes)
    .filter(([, { requirement_level: level }]) => level === 'opt_in')
    .map(([name]) => quote(name))
  return [
    head,
    `export const attributeNames = [\n${names.join('\n')}\n] as const`,
    'export type AttributeName = (typeof attributeNames)[number]\n',
    '/** Off until the configuration names them. */',
    `export const optInAttributes: readonly AttributeName[] = [${optIn.join(', ')}]\n`,
    '/** Metrics of connections and listening sockets. */',
    ...table('metrics', 'MetricName', catalogue.metrics),
    "/** The agent's own health. */",
    ...table('telemetryMetrics', 'TelemetryMetricName', catalogue.telemetry.metrics),
  ].join('\n')
}

function table(constant: string, type: string, all: Record<string, CatalogueMetric>): string[] {
  const names = Object.keys(all).map((name) => `  | ${quote(name)}`)
  const entries = Object.entries(all).map(([name, one]) => entry(name, one))
  return [
    `export type ${type} =\n${names.join('\n')}\n`,
    `export const ${constant}: { readonly [Name in ${type}]: MetricDefinition<Name> } = {`,
    ...entries,
    '}\n',
  ]
}

function entry(name: string, one: CatalogueMetric): string {
  return [
    `  ${quote(name)}: {`,
    `    name: ${quote(name)},`,
    property('description', quote(one.description)),
    `    unit: ${quote(one.unit)},`,
    `    kind: ${quote(kindOf(one))},`,
    `    valueType: ${quote(valueTypeOf(one))},`,
    `    enabled: ${one.enabled},`,
    attributeList(one.attributes.map(quote)),
    '  },',
  ].join('\n')
}

export function property(name: string, value: string): string {
  const line = `    ${name}: ${value},`
  return line.length <= 100 ? line : `    ${name}:\n      ${value},`
}

export function attributeList(quoted: readonly string[]): string {
  const line = `    attributes: [${quoted.join(', ')}],`
  if (line.length <= 100) return line
  return ['    attributes: [', ...quoted.map((one) => `      ${one},`), '    ],'].join('\n')
}

export function quote(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return escaped.includes("'") && !escaped.includes('"')
    ? `"${escaped}"`
    : `'${escaped.replaceAll("'", "\\'")}'`
}
