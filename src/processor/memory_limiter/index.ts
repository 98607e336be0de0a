import type { ProcessorFactory } from '../../config/component.ts'
import { type MemoryLimiterConfig, memoryLimiterConfig } from './config.ts'
import { LogsLimiter, MetricsLimiter } from './limiter.ts'

export const memoryLimiterFactory: ProcessorFactory<MemoryLimiterConfig> = {
  type: 'memory_limiter',
  stability: 'beta',
  description:
    'While memory is short, holds metrics back (growth is added up) and drops log records, counted.',
  config: memoryLimiterConfig,
  create: (settings, config, next) => new MetricsLimiter(settings, config, next),
  createLogs: (settings, config, next) => new LogsLimiter(settings, config, next),
}
