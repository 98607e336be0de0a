import type { ProcessorFactory } from '../../config/component.ts'
import { logsSignal, metricsSignal } from '../../model/signal.ts'
import { BatchProcessor } from './batch.ts'
import { type BatchConfig, batchConfig } from './config.ts'

export const batchFactory: ProcessorFactory<BatchConfig> = {
  type: 'batch',
  stability: 'beta',
  description:
    'Gathers metrics and logs into batches by number of data points or log records, and time.',
  config: batchConfig,
  create: (_settings, config, next) => new BatchProcessor(metricsSignal, config, next),
  createLogs: (_settings, config, next) => new BatchProcessor(logsSignal, config, next),
}
