import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { duration } from '../../config/values.ts'

const noGc = 'Node.js collects garbage by itself, it cannot be forced'
const mebibytes = z.int().min(0).default(0)
const percentage = z.int().min(0).max(100).default(0)

/** The Collector's `memory_limiter`. */
export const memoryLimiterConfig = z
  .strictObject({
    check_interval: duration
      .refine((ms) => ms > 0, { error: 'must be longer than 0' })
      .describe('How often the memory in use is measured. The Collector recommends 1s.'),
    limit_mib: mebibytes.describe(
      'The most resident memory, in MiB, with garbage that is not collected yet: well above what the agent needs at rest.',
    ),
    spike_limit_mib: mebibytes.describe(
      'How far below the limit it begins to hold back. 0: a fifth of limit_mib.',
    ),
    limit_percentage: percentage.describe(
      'The limit in % of the memory that the process may have (of its control group, or else of the machine), where limit_mib is 0.',
    ),
    spike_limit_percentage: percentage.describe(
      'Likewise for spike_limit_mib. 0: a fifth of the limit.',
    ),
    min_gc_interval_when_soft_limited: unsupported(noGc),
    min_gc_interval_when_hard_limited: unsupported(noGc),
  })
  .superRefine((config, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (config.limit_mib === 0 && config.limit_percentage === 0) {
      fault('limit_mib', 'required: limit_mib or limit_percentage, greater than 0')
    }
    for (const kind of ['mib', 'percentage'] as const) {
      const [limit, spike] = [config[`limit_${kind}`], config[`spike_limit_${kind}`]]
      if (limit > 0 && spike >= limit) {
        fault(`spike_limit_${kind}`, `must be less than limit_${kind}`)
      }
    }
  })

/** Durations in milliseconds. */
export type MemoryLimiterConfig = z.output<typeof memoryLimiterConfig>
