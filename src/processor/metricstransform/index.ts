import type { ProcessorFactory } from '../../config/component.ts'
import { PassThrough } from '../shared/pass-through.ts'
import { type MetricsTransformConfig, metricsTransformConfig } from './config.ts'
import { renaming } from './new-name.ts'
import { Renamer } from './renamer.ts'

export const metricsTransformFactory: ProcessorFactory<MetricsTransformConfig> = {
  type: 'metricstransform',
  stability: 'alpha',
  description:
    'Renames metrics. A name that another metric has already is not given: then a metric keeps its own.',
  config: metricsTransformConfig,
  create({ telemetry }, { transforms }, next) {
    const renamer = new Renamer(renaming(transforms), (metric, wanted) => {
      const message = 'a metric keeps its name, for another one has the new name already'
      telemetry.logger.limited('warn', `kept_${metric}`, message, { metric, new_name: wanted })
    })
    return new PassThrough((metrics) => renamer.apply(metrics), next)
  },
}
