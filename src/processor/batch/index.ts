import type { ProcessorFactory } from '../../config/component.ts'
import { BatchProcessor } from './batch.ts'
import { type BatchConfig, batchConfig } from './config.ts'

export const batchFactory: ProcessorFactory<BatchConfig> = {
  type: 'batch',
  stability: 'beta',
  description: 'Gathers metrics into batches by number of data points and time.',
  config: batchConfig,
  create: (_settings, config, next) => new BatchProcessor(config, next),
}
