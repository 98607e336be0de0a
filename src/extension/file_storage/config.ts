import { z } from 'zod'
import { duration } from '../../config/values.ts'

const compaction = z
  .strictObject({
    on_start: z.boolean().default(false).describe('Without effect here.'),
    on_rebound: z.boolean().default(false).describe('Without effect here.'),
    directory: z.string().min(1).optional().describe('Without effect here.'),
    rebound_needed_threshold_mib: z.int().default(100).describe('Without effect here.'),
    rebound_trigger_threshold_mib: z.int().default(10).describe('Without effect here.'),
    max_transaction_size: z.int().min(0).default(65_536).describe('Without effect here.'),
    check_interval: duration.prefault('5s').describe('Without effect here.'),
    cleanup_on_start: z.boolean().default(false).describe('Without effect here.'),
  })
  .optional()
  .describe(
    'How the Collector makes its database smaller. Here each request is a file that is removed when it is sent, so there is nothing to make smaller: the keys are checked, and a warning says that they do nothing.',
  )

export const fileStorageConfig = z.strictObject({
  directory: z
    .string()
    .min(1)
    .default('/var/lib/otelcol/file_storage')
    .describe('Where the files are. One agent at a time; one extension for each directory.'),
  timeout: duration
    .prefault('1s')
    .describe('How long to wait at the start for another agent to leave the directory.'),
  create_directory: z
    .boolean()
    .default(false)
    .describe('Makes the directory at the start. Without it the directory must be there.'),
  directory_permissions: z
    .string()
    .regex(/^0?[0-7]{1,3}$/, 'octal permissions, for example "0750"')
    .default('0750')
    .describe('Permissions of directories that are made, less the umask.'),
  fsync: z
    .boolean()
    .default(false)
    .describe(
      'Waits with each request until the disk has it. Without it what was kept in the last seconds outlives the agent, but not a loss of power.',
    ),
  recreate: z
    .boolean()
    .default(false)
    .describe(
      'Whether to go on after damage, which this agent always does: a damaged file is counted and removed, all others are kept.',
    ),
  compaction,
  max_size_mib: z
    .int()
    .min(1)
    .default(1024)
    .describe(
      'Most MiB of requests that each queue keeps; then the oldest go. Not a key of the Collector.',
    ),
  max_age: duration
    .prefault('24h')
    .describe('Requests that are older are dropped unsent. 0s: never. Not a key of the Collector.'),
})

/** Durations in milliseconds. */
export type FileStorageConfig = z.output<typeof fileStorageConfig>
