import type { ExtensionFactory } from '../../config/component.ts'
import { type ZpagesConfig, zpagesConfig } from './config.ts'
import { Zpages } from './zpages.ts'

export const zpagesFactory: ExtensionFactory<ZpagesConfig> = {
  type: 'zpages',
  stability: 'beta',
  description:
    'A status page: pipelines, what is wrong, the last errors, own metrics; also as JSON.',
  config: zpagesConfig,
  create: (settings, config, agent) => new Zpages(settings, config, agent),
}
