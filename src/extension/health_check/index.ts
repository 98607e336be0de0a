import type { ExtensionFactory } from '../../config/component.ts'
import { type HealthCheckConfig, healthCheckConfig } from './config.ts'
import { HealthCheck } from './health-check.ts'

export const healthCheckFactory: ExtensionFactory<HealthCheckConfig> = {
  type: 'health_check',
  stability: 'beta',
  description: 'Tells over HTTP whether the agent lives and is ready, with the reasons if not.',
  config: healthCheckConfig,
  create: (settings, config, agent) => new HealthCheck(settings, config, agent),
}
