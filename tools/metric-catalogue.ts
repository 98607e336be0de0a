import { parseDocument } from 'yaml'
import { z } from 'zod'
import { metricProfiles, type ProfiledMetric, profileFaults } from './metric-profiles.ts'

const valueType = z.enum(['int', 'double'])
const temporality = z.literal('cumulative')

const attribute = z.strictObject({
  description: z.string(),
  type: z.enum(['string', 'int', 'double', 'boolean']),
  unit: z.string().optional(),
  enum: z.array(z.string()).optional(),
  requirement_level: z.literal('opt_in').optional(),
})

const metric = z
  .strictObject({
    enabled: z.boolean(),
    description: z.string(),
    extended_documentation: z.string().optional(),
    unit: z.string(),
    sum: z
      .strictObject({
        value_type: valueType,
        monotonic: z.boolean(),
        aggregation_temporality: temporality,
      })
      .optional(),
    gauge: z.strictObject({ value_type: valueType }).optional(),
    exponential_histogram: z.strictObject({ value_type: valueType }).optional(),
    attributes: z.array(z.string()),
    from: z.array(z.string()).optional(),
    profiles: metricProfiles.optional(),
    stability: z.enum(['development', 'alpha', 'beta', 'stable']),
  })
  .refine((one) => [one.sum, one.gauge, one.exponential_histogram].filter(Boolean).length === 1, {
    error: 'exactly one of sum, gauge and exponential_histogram',
  })

const event = z.strictObject({
  enabled: z.literal(true),
  description: z.string(),
  extended_documentation: z.string().optional(),
  attributes: z.array(z.string()),
  stability: z.enum(['development', 'alpha', 'beta', 'stable']),
})

const metadata = z
  .strictObject({
    type: z.string(),
    status: z.strictObject({
      class: z.string(),
      stability: z.record(z.string(), z.array(z.string())),
    }),
    attributes: z.record(z.string(), attribute),
    events: z.record(z.string(), event),
    metrics: z.record(z.string(), metric),
    telemetry: z.strictObject({ metrics: z.record(z.string(), metric) }),
  })
  .superRefine((all, context) => {
    for (const [name, { attributes }] of [...allMetrics(all), ...Object.entries(all.events)]) {
      for (const used of attributes) {
        if (all.attributes[used] !== undefined) continue
        context.addIssue({ code: 'custom', path: [name], message: `unknown attribute ${used}` })
      }
    }
    for (const [name, message] of profileFaults(profiledMetrics(all))) {
      context.addIssue({ code: 'custom', path: [name], message })
    }
  })

export type CatalogueAttribute = z.output<typeof attribute>
export type CatalogueEvent = z.output<typeof event>
export type CatalogueMetric = z.output<typeof metric>
export type Catalogue = z.output<typeof metadata>
export type MetricKind = 'sum' | 'up_down_counter' | 'gauge' | 'exponential_histogram'

/** Metrics of connections, then those of the agent itself. */
export function allMetrics(
  catalogue: Pick<Catalogue, 'metrics' | 'telemetry'>,
): [string, CatalogueMetric][] {
  return [...Object.entries(catalogue.metrics), ...Object.entries(catalogue.telemetry.metrics)]
}

/** The attributes that any of these has, in the order of the catalogue. */
export function attributesOf(
  { attributes }: Catalogue,
  owners: readonly { readonly attributes: readonly string[] }[],
): [string, CatalogueAttribute][] {
  const used = new Set(owners.flatMap((one) => one.attributes))
  return Object.entries(attributes).filter(([name]) => used.has(name))
}

/** All attributes but those that only events have. */
export function metricAttributes(catalogue: Catalogue): [string, CatalogueAttribute][] {
  const ofMetrics = new Set(allMetrics(catalogue).flatMap(([, { attributes }]) => attributes))
  const ofEvents = new Set(Object.values(catalogue.events).flatMap(({ attributes }) => attributes))
  return Object.entries(catalogue.attributes).filter(
    ([name]) => ofMetrics.has(name) || !ofEvents.has(name),
  )
}

/** @throws on YAML that is not clean (duplicate keys too) or not of the catalogue's shape */
export function parseCatalogue(text: string): Catalogue {
  const document = parseDocument(text)
  const fault = document.errors[0]
  if (fault !== undefined) throw fault
  return metadata.parse(document.toJS())
}

export function profiledMetrics({
  metrics,
}: Pick<Catalogue, 'metrics'>): Map<string, ProfiledMetric> {
  return new Map(
    Object.entries(metrics).map(([name, one]) => [
      name,
      {
        unit: one.unit,
        description: one.description,
        kind: kindOf(one),
        valueType: valueTypeOf(one),
        attributes: one.attributes,
        profiles: one.profiles,
      },
    ]),
  )
}

/** What a metric is to Prometheus. */
export const prometheusTypes = {
  sum: 'counter',
  up_down_counter: 'gauge',
  gauge: 'gauge',
  exponential_histogram: 'histogram',
} as const

export function kindOf({ sum, gauge }: CatalogueMetric): MetricKind {
  if (gauge !== undefined) return 'gauge'
  if (sum === undefined) return 'exponential_histogram'
  return sum.monotonic ? 'sum' : 'up_down_counter'
}

export function valueTypeOf(one: CatalogueMetric): 'int' | 'double' {
  return (one.sum ?? one.gauge ?? one.exponential_histogram)?.value_type ?? 'double'
}
