import { z } from 'zod'
import { type AttributeName, type MetricName, metrics } from '../../generated/metrics.ts'
import { type MetricNaming, type OtherProfile, profiles } from '../../generated/profiles.ts'
import { isDefault, type SelectedMetric } from '../../series/index.ts'

export type Profile = 'nettracer' | OtherProfile

export interface MetricChoice {
  enabled?: boolean | undefined
  attributes?: string[] | undefined
  series_limit?: number | undefined
}
export type MetricChoices = Record<string, MetricChoice | undefined>

/** One metric of the catalogue, as in the Collector's receivers. */
function choiceOf(name: MetricName): z.ZodOptional<z.ZodType<MetricChoice, MetricChoice>> {
  const { enabled, attributes, description } = metrics[name]
  return z
    .strictObject({
      enabled: z.boolean().optional().describe(`Whether it is reported. By default ${enabled}.`),
      attributes: z
        .array(z.enum(attributes as readonly [AttributeName, ...AttributeName[]]))
        .optional()
        .describe(
          'Attributes it is reported by; it is summed over the others. By default all but those that are off.',
        ),
      series_limit: z
        .int()
        .min(10)
        .max(1_000_000)
        .optional()
        .describe(
          'Series of this metric that are kept apart, of those that `series_limit` of the receiver keeps. The rest share one overflow series.',
        ),
    })
    .optional()
    .describe(description)
}

export const metricChoices: z.ZodType<MetricChoices, MetricChoices> = z.strictObject(
  Object.fromEntries(Object.values(metrics).map(({ name }) => [name, choiceOf(name)])),
)

export type AttributeChoices = Partial<Record<AttributeName, { enabled: boolean } | undefined>>

const metricAttributes = [
  ...new Set(Object.values(metrics).flatMap(({ attributes }) => attributes)),
] as const

export const attributeChoices: z.ZodType<AttributeChoices, AttributeChoices> = z.strictObject(
  Object.fromEntries(
    metricAttributes.map((name) => [
      name,
      z
        .strictObject({ enabled: z.boolean() })
        .optional()
        .describe(`By default ${isDefault(name)}.`),
    ]),
  ),
)

/**
 * What is reported: the choices made, and the catalogue's own for all else, as far as the profile has it.
 *
 * @param ofAll attributes of metrics that do not say by which they are reported
 */
export function selectMetrics(
  choices: MetricChoices,
  profile: Profile,
  ofAll: AttributeChoices = {},
): SelectedMetric[] {
  const isOn = (name: AttributeName) => ofAll[name]?.enabled ?? isDefault(name)
  const namings = profile === 'nettracer' ? undefined : profiles[profile]
  return Object.values(metrics)
    .filter(({ name, enabled }) => choices[name]?.enabled ?? enabled)
    .filter(({ name }) => namings === undefined || namings[name] !== undefined)
    .map(({ name, attributes }) => {
      const chosen = choices[name]?.attributes
      const naming = namings?.[name]
      const limit = choices[name]?.series_limit
      return {
        name,
        ...(naming !== undefined && { naming }),
        ...(limit !== undefined && { limit }),
        attributes: new Set(attributes.filter((one) => chosen?.includes(one) ?? isOn(one))),
      }
    })
}

/** Whether a profile has a metric of the catalogue. */
export function isIn(profile: Profile, metric: string): boolean {
  if (profile === 'nettracer') return true
  const namings: Readonly<Record<string, MetricNaming>> = profiles[profile]
  return namings[metric] !== undefined
}
