import { z } from 'zod'
import { unsupported } from './unsupported.ts'
import { duration } from './values.ts'

const toExporters =
  'use readers; without it own metrics go to the exporters of every metrics pipeline'
const scalar = z.union([z.string(), z.number(), z.boolean()])

const sampling = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        'Whether lines that repeat are left out. Default true in the Collector; here what repeats fast is limited to one a minute in any case.',
      ),
    tick: duration
      .refine((ms) => ms > 0, { error: 'must be longer than 0' })
      .prefault('10s')
      .describe('After this the count of a line begins anew.'),
    initial: z.int().min(0).default(10).describe('Lines of one message that are written at first.'),
    thereafter: z
      .int()
      .min(0)
      .default(100)
      .describe('After these every so-manieth is written. 0: none.'),
  })
  .prefault({})
  .describe('Lines of one level and message that repeat.')

const logs = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('The least important lines that are written.'),
    encoding: z
      .enum(['console', 'json'])
      .default('console')
      .describe('`console` for people, `json` for machines: one object a line.'),
    sampling,
    output_paths: z
      .array(z.string().min(1))
      .min(1)
      .default(['stderr'])
      .describe('`stderr`, `stdout`, or files; what no file takes is written to stderr.'),
    initial_fields: z
      .record(z.string(), scalar)
      .default({})
      .describe('Fields that each line gets.'),
    development: unsupported('set level: debug'),
    disable_caller: unsupported('lines never name their place in the source'),
    disable_stacktrace: unsupported('lines never have a stack trace'),
    error_output_paths: unsupported('errors of the log itself go to stderr'),
    processors: unsupported('the own log goes to output_paths only'),
  })
  .prefault({})
  .describe('Own log.')

const noPush = 'own metrics are pushed to the exporters of the metrics pipelines, without readers'

const reader = z.strictObject({
  pull: z.strictObject({
    exporter: z.strictObject({
      prometheus: z.strictObject({
        host: z.string().min(1).default('localhost').describe('Address to listen on.'),
        port: z.int().min(1).max(65_535).default(8888).describe('Port to listen on.'),
        with_resource_constant_labels: unsupported('resource attributes stand on target_info'),
        without_scope_info: unsupported('the scope is always a label'),
        without_type_suffix: unsupported('names end with unit and _total'),
        without_units: unsupported('names end with unit and _total'),
      }),
    }),
  }),
  periodic: unsupported(noPush),
})

const metrics = z
  .strictObject({
    level: z
      .enum(['none', 'basic', 'normal', 'detailed'])
      .default('normal')
      .describe(
        '`none`: no own metrics. `basic`: what was lost, what was sent, what it costs. `normal`: all but what `detailed` adds of the runtime: heap and event loop.',
      ),
    readers: z
      .array(reader)
      .optional()
      .describe(
        'Pages on which own metrics are shown, for Prometheus to scrape at `/metrics`; they go nowhere else then, and with an empty list nowhere at all. Without the key they go to the exporters of every metrics pipeline.',
      ),
    address: unsupported(toExporters),
    views: unsupported('choose by level'),
  })
  .prefault({})
  .describe(
    'Own metrics, `nettracer.exporter.*`; they go to the exporters of every metrics pipeline, unless `readers` says otherwise.',
  )

export const telemetryConfig = z.strictObject({
  logs,
  metrics,
  resource: z
    .record(z.string().min(1), z.union([scalar, z.null()]).optional())
    .default({})
    .describe(
      "Attributes of the agent's own resource, over those it has by itself and from the environment. Without a value: removed.",
    ),
  traces: unsupported('the agent makes no traces of itself'),
})

export type TelemetryConfig = z.output<typeof telemetryConfig>
