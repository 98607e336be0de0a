import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { duration } from '../../config/values.ts'

const noMetadata =
  'metrics made on this host carry no client metadata to batch by; leave the key out'

export const batchConfig = z
  .strictObject({
    timeout: duration
      .prefault('200ms')
      .describe(
        'The longest a data point or log record waits for its batch to fill. 0s: batches go at once.',
      ),
    send_batch_size: z
      .int()
      .min(0)
      .default(8192)
      .describe(
        'Data points, or log records, that make a batch go, whatever the time. 0: batches go at once.',
      ),
    send_batch_max_size: z
      .int()
      .min(0)
      .default(0)
      .describe(
        'The most data points, or log records, in a batch; larger ones are split. 0: no limit.',
      ),
    metadata_keys: unsupported(noMetadata),
    metadata_cardinality_limit: unsupported(noMetadata),
  })
  .refine(
    (config) =>
      config.send_batch_max_size === 0 || config.send_batch_max_size >= config.send_batch_size,
    {
      path: ['send_batch_max_size'],
      error: 'must be 0, or greater than or equal to send_batch_size',
    },
  )

/** Output: durations in milliseconds. */
export type BatchConfig = z.output<typeof batchConfig>
