import { z } from 'zod'
import { duration } from '../../../config/values.ts'

const slow = z
  .strictObject({
    duration: duration
      .prefault('0s')
      .describe('Established for this long or longer. 0s: does not count.'),
    connect_duration: duration
      .prefault('1s')
      .describe('This long or longer from SYN to established. 0s: does not count.'),
    rtt: duration
      .prefault('500ms')
      .describe('Smoothed RTT at the end, this long or longer. 0s: does not count.'),
    retr_percentage: z
      .number()
      .min(0)
      .max(100)
      .default(5)
      .describe(
        'This share or more of the segments sent were sent again, in percent. 0: does not count.',
      ),
  })
  .prefault({})
  .describe('What `sampling: slow` calls slow: any one of these is enough.')

export const closeRecordsConfig = z
  .strictObject({
    sampling: z
      .enum(['all', 'errors', 'slow'])
      .default('all')
      .describe(
        'Which ends of connections give a log record. `all`; `errors`: all but those where both sides closed in order; `slow`: errors, and what is slow.',
      ),
    slow,
    rate_limit: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(1000)
      .describe('Most log records a second, in the long run. 0: no limit.'),
    burst: z
      .int()
      .min(1)
      .max(10_000_000)
      .default(10_000)
      .describe(
        'Log records that may come at once, where there were fewer than rate_limit before. What is left out is told by a log record.',
      ),
  })
  .prefault({})
  .describe(
    'A log record for each connection that ends, if a logs pipeline names this receiver: see docs/logs.md.',
  )

/** Durations in ms. */
export type CloseRecordsConfig = z.output<typeof closeRecordsConfig>
