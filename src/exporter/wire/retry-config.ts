import { z } from 'zod'
import { duration } from '../../config/values.ts'

/** @param initialInterval what an exporter waits before the first retry unless told otherwise */
export const retryConfigWith = (initialInterval: string) =>
  z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('Whether a request that failed for a passing reason is sent again.'),
      initial_interval: duration.prefault(initialInterval).describe('Wait before the first retry.'),
      randomization_factor: z
        .number()
        .min(0)
        .max(1)
        .default(0.5)
        .describe('Each wait is taken at random from wait × (1 ± this).'),
      multiplier: z.number().min(0).default(1.5).describe('By how much each wait grows.'),
      max_interval: duration.prefault('30s').describe('The longest wait.'),
      max_elapsed_time: duration
        .prefault('300s')
        .describe('A request is given up after this long. 0s: never.'),
    })
    .superRefine((config, context) => {
      if (!config.enabled || config.max_elapsed_time === 0) return
      for (const key of ['initial_interval', 'max_interval'] as const) {
        if (config.max_elapsed_time >= config[key]) continue
        context.addIssue({
          code: 'custom',
          path: ['max_elapsed_time'],
          message: `must not be less than ${key}`,
        })
      }
    })
    .prefault({})
    .describe('When a request is sent again after a failure that the protocol calls retryable.')

export const retryConfig = retryConfigWith('5s')

/** Durations in milliseconds. */
export type RetryConfig = z.output<typeof retryConfig>
