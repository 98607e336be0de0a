import { z } from 'zod'
import { telemetryConfig } from './telemetry-config.ts'
import { duration } from './values.ts'

const pipelineConfig = z.strictObject({
  receivers: z.array(z.string()).min(1).describe('Where it comes from: names under `receivers`.'),
  processors: z
    .array(z.string())
    .default([])
    .describe('What it passes on its way, in this order: names under `processors`.'),
  exporters: z.array(z.string()).min(1).describe('Where it goes: names under `exporters`.'),
})

const reloadConfig = z.strictObject({
  on_change: z
    .boolean()
    .default(false)
    .describe(
      'Whether to reload when a file changes: those that `--config` names, and those that `${file:...}` brings in. SIGHUP reloads always.',
    ),
  interval: duration
    .refine((ms) => ms >= 100, { error: 'must be 100ms or more' })
    .prefault('5s')
    .describe('How often the files are looked at.'),
})

/** The section `service`. Pipelines are named by what they carry, `metrics` or `logs`, or `metrics/name`, `logs/name`. */
export const serviceConfig = z.strictObject({
  extensions: z
    .array(z.string())
    .default([])
    .describe(
      'What runs beside the pipelines, in the order of its start: names under `extensions`.',
    ),
  pipelines: z
    .record(z.string(), pipelineConfig)
    .describe('Named by what they carry: `metrics`, `logs`, `metrics/name` or `logs/name`.'),
  reload: reloadConfig
    .prefault({})
    .describe('When the configuration is read again. Not a key of the Collector.'),
  telemetry: telemetryConfig.prefault({}).describe('What the agent tells of itself.'),
})

export type ServiceConfig = z.output<typeof serviceConfig>
export type PipelineConfig = z.output<typeof pipelineConfig>
