import { z } from 'zod'
import type { ExtensionUse } from '../../config/component.ts'
import { onlyFalse, unsupported } from '../../config/unsupported.ts'
import { duration } from '../../config/values.ts'

/** Memory that finished requests may take, unless `sizer: bytes` says otherwise. */
export const QUEUE_MEMORY_BYTES = 64 * 1024 * 1024

const batch = z
  .strictObject({
    flush_timeout: duration
      .prefault('200ms')
      .refine((ms) => ms > 0, 'must be more than 0s')
      .describe('How long a request may wait for others to go with it.'),
    min_size: z
      .int()
      .min(0)
      .default(8192)
      .describe('A request of this size no longer waits for others.'),
    max_size: z
      .int()
      .min(0)
      .default(0)
      .describe('Most that a request holds. 0: no limit but the 3.5 MiB that always hold.'),
    sizer: z
      .enum(['items', 'bytes'])
      .optional()
      .describe(
        'Unit of min_size and max_size. Default: that of the queue, `items` where it counts requests.',
      ),
    partition: unsupported('there is no metadata of clients to part by'),
  })
  .superRefine(({ min_size: min, max_size: max }, context) => {
    if (max === 0 || max >= min) return
    context.addIssue({
      code: 'custom',
      path: ['max_size'],
      message: 'must not be less than min_size',
    })
  })
  .optional()
  .describe(
    'Puts requests together before they are sent, and cuts them. Without the section they go as they are.',
  )

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
        'What the queue holds, being sent included, counted as `sizer` says. When full, the oldest go; with delta temporality none goes, new ones wait and are added up. With `requests` and `items` it also never takes more than 64 MiB, or what `storage` allows.',
      ),
    sizer: z
      .enum(['requests', 'items', 'bytes'])
      .default('requests')
      .describe(
        'Unit of queue_size: requests of at most 3.5 MiB, items (data points or log records), or bytes.',
      ),
    block_on_overflow: onlyFalse('it would stall the collection; see queue_size for what happens'),
    wait_for_result: onlyFalse('it would stall the collection'),
    storage: z
      .string()
      .min(1)
      .optional()
      .describe(
        'An extension such as `file_storage` that keeps the queue over a restart. Without it the queue is in memory.',
      ),
    batch,
  })
  .superRefine((config, context) => {
    const { sizer, queue_size: size } = config
    if (config.batch === undefined || batchSizerOf(config) !== sizer) return
    if (config.batch.min_size <= size) return
    const message = 'must not be more than queue_size'
    context.addIssue({ code: 'custom', path: ['batch', 'min_size'], message })
  })
  .prefault({})
  .describe('Requests that wait for the backend, in memory or on disk.')

export type QueueConfig = z.output<typeof queueConfig>

export type BatchSizer = 'items' | 'bytes'

export function batchSizerOf({
  sizer,
  batch: own,
}: Pick<QueueConfig, 'sizer' | 'batch'>): BatchSizer {
  return own?.sizer ?? (sizer === 'requests' ? 'items' : sizer)
}

/** For the factory of an exporter whose key `sending_queue` this is. */
export function storageUses({ enabled, storage: id }: QueueConfig): readonly ExtensionUse[] {
  if (!enabled || id === undefined) return []
  return [{ path: ['sending_queue', 'storage'], id, as: 'storage' }]
}
