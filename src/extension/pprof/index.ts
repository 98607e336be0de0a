import type { ExtensionFactory } from '../../config/component.ts'
import { type PprofConfig, pprofConfig } from './config.ts'
import { Pprof } from './pprof.ts'

export const pprofFactory: ExtensionFactory<PprofConfig> = {
  type: 'pprof',
  stability: 'beta',
  description: "CPU and heap profiles of the agent on demand, in V8's formats, one at a time.",
  config: pprofConfig,
  create: (settings, config) => new Pprof(settings, config),
}
