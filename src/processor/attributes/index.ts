import type { ProcessorFactory } from '../../config/component.ts'
import { Actions } from '../shared/actions.ts'
import { changeLogs } from '../shared/change-logs.ts'
import { Gathering } from '../shared/gathering.ts'
import { PassThrough } from '../shared/pass-through.ts'
import { Remake } from '../shared/remake.ts'
import { tellKept } from '../shared/tell-kept.ts'
import { type AttributesConfig, attributesConfig } from './config.ts'

export const attributesFactory: ProcessorFactory<AttributesConfig> = {
  type: 'attributes',
  stability: 'beta',
  description:
    'Changes the attributes of data points and log records; points that become the same are added up.',
  config: attributesConfig,
  create(settings, config, next) {
    const actions = new Actions(config.actions)
    const point = actions.apply.bind(actions)
    const remake = new Remake({ point, onKept: tellKept(settings) })
    return new Gathering((metrics) => remake.apply(metrics), next)
  },
  createLogs(_settings, config, next) {
    const actions = new Actions(config.actions)
    const record = actions.apply.bind(actions)
    return new PassThrough((logs) => changeLogs(logs, { record }), next)
  },
}
