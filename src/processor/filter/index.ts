import type { ProcessorFactory } from '../../config/component.ts'
import { PassThrough } from '../shared/pass-through.ts'
import { type FilterConfig, filterConfig } from './config.ts'
import { Filter } from './filter.ts'

export const filterFactory: ProcessorFactory<FilterConfig> = {
  type: 'filter',
  stability: 'beta',
  description: 'Drops metrics, data points and log records by their names, attributes or values.',
  config: filterConfig,
  create(_settings, config, next) {
    const filter = new Filter(config)
    return new PassThrough((metrics) => filter.metrics(metrics), next)
  },
  createLogs(_settings, config, next) {
    const filter = new Filter(config)
    return new PassThrough((logs) => filter.logs(logs), next)
  },
}
