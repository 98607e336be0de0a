import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'

export const debugConfig = z
  .strictObject({
    verbosity: z
      .enum(['basic', 'normal', 'detailed'])
      .default('basic')
      .describe('One line a batch; one line a data point or log record; or everything.'),
    sampling_initial: z
      .int()
      .min(0)
      .default(2)
      .describe('Batches written in each second before sampling begins.'),
    sampling_thereafter: z
      .int()
      .min(0)
      .default(1)
      .describe('Of the batches after those, every how many-th is written. 1: all. 0: none.'),
    use_internal_logger: z
      .boolean()
      .default(true)
      .describe('Into the log, at level info; false: plain text to output_paths.'),
    output_paths: z
      .array(
        z.enum(['stdout', 'stderr'], {
          error: 'only stdout and stderr: to write a file use the file exporter',
        }),
      )
      .min(1)
      .optional()
      .describe('Where plain text goes when use_internal_logger is false. Default: stdout.'),
    sending_queue: unsupported('it writes at once and needs no queue'),
  })
  .refine((config) => !config.use_internal_logger || config.output_paths === undefined, {
    path: ['output_paths'],
    error: 'only with use_internal_logger: false',
  })

export type DebugConfig = z.output<typeof debugConfig>
