import type { ComponentSettings, ProcessorFactory } from '../../config/component.ts'
import { logsWithResources, metricsWithResources } from '../shared/resources.ts'
import { type ResourceDetectionConfig, resourceDetectionConfig } from './config.ts'
import { detect } from './detection.ts'
import { ResourceDetectionProcessor } from './processor.ts'

export const resourceDetectionFactory: ProcessorFactory<ResourceDetectionConfig> = {
  type: 'resourcedetection',
  stability: 'alpha',
  description:
    'Adds to each resource what the environment, the machine and files of its cloud tell; no metadata service is asked.',
  config: resourceDetectionConfig,
  create: (settings, config, next) =>
    new ResourceDetectionProcessor(config, metricsWithResources, detecting(settings, config), next),
  createLogs: (settings, config, next) =>
    new ResourceDetectionProcessor(config, logsWithResources, detecting(settings, config), next),
}

function detecting({ host, telemetry }: ComponentSettings, config: ResourceDetectionConfig) {
  const around = { env: process.env, host, fileRoot: '/' }
  return async () => detect(config, around, telemetry.logger)
}
