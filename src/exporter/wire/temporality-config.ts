import { z } from 'zod'
import type { Temporality } from '../../model/metrics.ts'

export const temporalityConfig = z
  .enum(['cumulative', 'delta', 'lowmemory'])
  .default('cumulative')
  .describe(
    'How sums and histograms are sent: since the series began, or since the last report. `lowmemory` is `delta` here. Left out, it is `delta` where a receiver of the pipeline makes nothing else. Not a key of the Collector.',
  )

export function temporalityOf(config: {
  readonly temporality_preference: z.output<typeof temporalityConfig>
}): Temporality {
  return config.temporality_preference === 'cumulative' ? 'cumulative' : 'delta'
}
