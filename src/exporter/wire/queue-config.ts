import { z } from 'zod'
import { onlyFalse, unsupported } from '../../config/unsupported.ts'

/** Memory that finished requests may take, unless `sizer: bytes` says otherwise. */
export const QUEUE_MEMORY_BYTES = 64 * 1024 * 1024

export const queueConfig = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'false: no backlog is kept; requests wait for a free sender only, 32 at most, since collection never waits.',
      ),
    num_consumers: z.int().min(1).default(10).describe('Requests sent at the same time.'),
    queue_size: z
      .int()
      .min(1)
      .default(1000)
      .describe(
        'What the queue holds, being sent included, counted as `sizer` says. When full, the oldest go; with delta temporality none goes, new ones wait and are added up. With `requests` and `items` it also never takes more than 64 MiB.',
      ),
    sizer: z
      .enum(['requests', 'items', 'bytes'])
      .default('requests')
      .describe(
        'Unit of queue_size: requests of at most 3.5 MiB, items (data points or log records), or bytes.',
      ),
    block_on_overflow: onlyFalse('it would stall the collection; see queue_size for what happens'),
    wait_for_result: onlyFalse('it would stall the collection'),
    storage: unsupported('the queue is in memory; leave the key out'),
    batch: unsupported(
      'use the batch processor; requests are kept below 3.5 MiB without either of them',
    ),
  })
  .prefault({})
  .describe('Requests that wait for the backend, in memory.')

export type QueueConfig = z.output<typeof queueConfig>
