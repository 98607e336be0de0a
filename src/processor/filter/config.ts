import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { toPattern } from '../shared/pattern.ts'
import { type Context, parseCondition } from './condition.ts'
import { metricContext, pointContext, recordContext } from './contexts.ts'

/** Conditions, as what they are read as. */
function conditions(context: Context, what: string) {
  return z
    .array(
      z.string().superRefine((text, issues) => {
        try {
          parseCondition(text, context)
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error)
          issues.addIssue({ code: 'custom', message })
        }
      }),
    )
    .default([])
    .describe(`${what} is dropped if any of these conditions holds.`)
}

const matching = z
  .strictObject({
    match_type: z
      .enum(['strict', 'regexp'], { error: 'must be strict or regexp: write others as conditions' })
      .describe('How names and values are compared.'),
    metric_names: z.array(z.string()).default([]).describe('Names of metrics: any of them.'),
    resource_attributes: z
      .array(z.strictObject({ key: z.string(), value: z.string() }))
      .default([])
      .describe('Attributes of the resource: all of them.'),
    expressions: unsupported('write conditions under metric or datapoint'),
  })
  .superRefine(({ match_type: type, metric_names: names, resource_attributes: of }, context) => {
    if (type !== 'regexp') return
    for (const [at, name] of names.entries()) {
      if (toPattern(name) !== undefined) continue
      const message = 'not a regular expression that is known here'
      context.addIssue({ code: 'custom', path: ['metric_names', at], message })
    }
    for (const [at, { value }] of of.entries()) {
      if (toPattern(value) !== undefined) continue
      const message = 'not a regular expression that is known here'
      context.addIssue({ code: 'custom', path: ['resource_attributes', at, 'value'], message })
    }
  })
  .optional()

const useConditions = 'write conditions under log_record'

export const filterConfig = z.strictObject({
  error_mode: z
    .enum(['ignore', 'silent', 'propagate'])
    .default('propagate')
    .describe('Without effect: conditions that load here cannot fail.'),
  metrics: z
    .strictObject({
      include: matching.describe('Only these go on.'),
      exclude: matching.describe('These do not go on.'),
      metric: conditions(metricContext, 'A metric'),
      datapoint: conditions(pointContext, 'A data point'),
    })
    .prefault({})
    .describe('Which metrics and data points go on. A resource without any goes no further.'),
  logs: z
    .strictObject({
      log_record: conditions(recordContext, 'A log record'),
      include: unsupported(useConditions),
      exclude: unsupported(useConditions),
    })
    .prefault({})
    .describe('Which log records go on.'),
  traces: unsupported('there are no traces in this version'),
  spans: unsupported('there are no traces in this version'),
  profiles: unsupported('there are no profiles'),
  metric_conditions: unsupported('write them under metrics: metric or datapoint'),
  log_conditions: unsupported('write them under logs: log_record'),
  trace_conditions: unsupported('there are no traces in this version'),
})

export type FilterConfig = z.output<typeof filterConfig>
export type Matching = NonNullable<FilterConfig['metrics']['include']>
