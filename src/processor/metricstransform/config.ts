import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { toPattern } from '../shared/pattern.ts'

const renamesOnly = 'metrics are renamed, nothing else'

const transform = z
  .strictObject({
    include: z.string().min(1).describe('Name of the metric, or what its name matches.'),
    match_type: z
      .enum(['strict', 'regexp'])
      .default('strict')
      .describe('`regexp`: `include` is looked for anywhere in the name; `^` and `$` hold it.'),
    action: z
      .literal('update', { error: `only update is supported here: ${renamesOnly}` })
      .describe('`update`.'),
    new_name: z
      .string()
      .min(1)
      .describe(
        'The name from then on. With `regexp`: `${1}` or `${name}` is what a group has matched; written `$${1}`, for a single `$` reads a variable.',
      ),
    operations: unsupported(
      `${renamesOnly}: attributes are changed by the processor attributes, points dropped by filter`,
    ),
    experimental_match_labels: unsupported(`${renamesOnly}, and wholly`),
    aggregation_type: unsupported(renamesOnly),
    submatch_case: unsupported(renamesOnly),
    group_resource_labels: unsupported(renamesOnly),
  })
  .superRefine(({ include, match_type: type }, context) => {
    if (type !== 'regexp' || toPattern(include) !== undefined) return
    const message = 'not a regular expression that is known here'
    context.addIssue({ code: 'custom', path: ['include'], message })
  })

export const metricsTransformConfig = z.strictObject({
  transforms: z
    .array(transform)
    .min(1)
    .describe('Done in turn: each sees the names that those before it have given.'),
})

export type MetricsTransformConfig = z.output<typeof metricsTransformConfig>
export type Transform = MetricsTransformConfig['transforms'][number]
