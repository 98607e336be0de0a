import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { duration } from '../../config/values.ts'

const rotation = z
  .strictObject({
    max_megabytes: z
      .int()
      .min(0)
      .default(100)
      .transform((megabytes) => (megabytes === 0 ? 100 : megabytes))
      .describe('MiB of a file before the next begins. 0: 100.'),
    max_days: z.int().min(0).default(0).describe('Days that old files are kept. 0: for ever.'),
    max_backups: z.int().min(0).default(100).describe('Old files that are kept. 0: all.'),
    localtime: z
      .boolean()
      .default(false)
      .describe('Local time instead of UTC in the names of old files.'),
  })
  .optional()
  .describe('Begins a new file when this is full, and goes on with one that is there.')

const groupBy = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Whether there are several files.'),
    resource_attribute: z
      .string()
      .default('fileexporter.path_segment')
      .describe(
        'What stands in the place of `*` in the path, for example `service.name`. Resources without it are dropped and counted. Processes name themselves: with `service.name` they choose the names of files, below the part of the path before `*`.',
      ),
    max_open_files: z
      .int()
      .min(1)
      .default(100)
      .describe('Files that are open at the same time; the one used longest ago is closed.'),
  })
  .optional()
  .describe(
    'A file for each value of a resource attribute; the path has one `*` for it. Its folders are made, and files that are there are gone on with, never emptied.',
  )

export const fileConfig = z
  .strictObject({
    path: z.string().min(1).describe('The file, relative to the working directory.'),
    append: z
      .boolean()
      .default(false)
      .describe('Goes on with a file that is there; else empties it.'),
    rotation,
    format: z
      .enum(['json', 'proto'])
      .default('json')
      .describe(
        'json: OTLP JSON, a line for each request. proto: OTLP protobuf, each request behind its length in 4 bytes (big-endian).',
      ),
    compression: z
      .enum(['zstd', ''])
      .default('')
      .describe(
        'zstd: each request by itself, behind its length in 4 bytes (big-endian), as the Collector does; then there are no lines.',
      ),
    flush_interval: duration
      .prefault('1s')
      .transform((ms) => (ms === 0 ? 1000 : ms))
      .describe('How often what waits is written.'),
    create_directory: z
      .boolean()
      .default(false)
      .describe('Makes the folder of the file at the start.'),
    directory_permissions: z
      .string()
      .regex(/^0?[0-7]{1,3}$/, 'octal permissions, for example "0755"')
      .optional()
      .describe('Permissions of folders that are made, less the umask. Default: "0755".'),
    encoding: unsupported('there are no encoding extensions'),
    compression_params: z
      .strictObject({
        level: z.int().default(0).describe('1 to 19. 0: 3, the default of zstd.'),
      })
      .prefault({})
      .describe('How hard zstd compresses.'),
    group_by: groupBy,
  })
  .superRefine((config, context) => {
    const complain = (key: keyof typeof config, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message })
    if (config.append && config.rotation !== undefined) {
      complain('append', 'not together with rotation, which goes on with the file anyway')
    }
    if (config.group_by?.enabled === true) {
      const fault = groupFault(config.path)
      if (fault !== undefined) complain('path', fault)
      if (config.group_by.resource_attribute === '') {
        complain('group_by', 'resource_attribute must not be empty')
      }
    }
    if (config.directory_permissions !== undefined && !config.create_directory) {
      complain('directory_permissions', 'only with create_directory: true')
    }
  })

/** Durations in milliseconds. */
export type FileConfig = z.output<typeof fileConfig>

function groupFault(path: string): string | undefined {
  if (path.split('*').length !== 2) return 'must have exactly one * with group_by'
  return path.startsWith('*') ? 'must not begin with * with group_by' : undefined
}
