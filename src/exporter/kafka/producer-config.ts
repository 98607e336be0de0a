import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'

/** A batch of one record has some 100 bytes around its value. */
const FRAME_BYTES = 512

export const producerConfig = z
  .strictObject({
    max_message_bytes: z
      .int()
      .min(4096)
      .default(1_000_000)
      .describe(
        'Most bytes of a message, before compression. The topic must take as many (`max.message.bytes`).',
      ),
    required_acks: z
      .union([z.literal(-1), z.literal(0), z.literal(1), z.literal('all')], {
        error: 'only 0, 1 and all (-1) are possible',
      })
      .default(1)
      .transform((acks) => (acks === 'all' ? -1 : acks))
      .describe(
        'When a message counts as sent: 1 when the leader of the partition has it, all when every replica in sync has it, 0 when it is written to the connection (what a broker loses then is lost in silence).',
      ),
    compression: z
      .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
      .default('none')
      .describe(
        'Compression of messages. All but gzip run on the event loop, a few ms for a large message.',
      ),
    compression_params: z
      .strictObject({
        level: z
          .union([z.literal(-1), z.literal(0)], {
            error: 'only the default, -1, is supported here',
          })
          .default(-1)
          .describe('Only the default of the method.'),
      })
      .prefault({})
      .describe('How hard to compress.'),
    flush_max_messages: z
      .int()
      .min(0)
      .default(10_000)
      .describe('Without effect: a request to a broker has one message.'),
    allow_auto_topic_creation: z
      .boolean()
      .default(true)
      .describe('Whether brokers are asked to make a topic that is not there.'),
    max_broker_write_bytes: unsupported('a request to a broker has one message'),
    linger: unsupported('messages are sent at once'),
  })
  .prefault({})
  .describe('How messages are written.')

/** @returns most bytes of a request that still fits a message */
export function maxRequestBytesOf(config: { readonly max_message_bytes: number }): number {
  return config.max_message_bytes - FRAME_BYTES
}
