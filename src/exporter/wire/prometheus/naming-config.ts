import { z } from 'zod'

const withSuffixes = 'UnderscoreEscapingWithSuffixes'
const strategies = [withSuffixes, 'UnderscoreEscapingWithoutSuffixes'] as const

/** Keys that say how metrics are named, and which attributes become labels: those of all exporters for Prometheus. */
export const namingKeys = {
  resource_to_telemetry_conversion: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe('Make every resource attribute a label of each series.'),
      exclude_service_attributes: z
        .boolean()
        .default(false)
        .describe('Leave out those that `job` and `instance` are made of.'),
    })
    .prefault({})
    .describe('Resource attributes as labels; without it they stand on `target_info` only.'),
  add_metric_suffixes: z
    .boolean()
    .default(true)
    .describe('Append unit and `_total` to metric names.'),
  translation_strategy: z
    .enum(strategies, {
      error: `only ${strategies.join(' and ')} are supported here: names with other characters than [a-zA-Z0-9_:] are not written yet`,
    })
    .optional()
    .describe('How names are written. Comes before `add_metric_suffixes`.'),
}

/** Whether names get their unit and `_total`. */
export function hasSuffixes(config: {
  readonly translation_strategy?: (typeof strategies)[number] | undefined
  readonly add_metric_suffixes: boolean
}): boolean {
  const { translation_strategy: strategy, add_metric_suffixes: isAdded } = config
  return strategy === undefined ? isAdded : strategy === withSuffixes
}
