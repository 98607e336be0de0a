import type { ProcessorFactory } from '../../config/component.ts'
import { Actions } from '../shared/actions.ts'
import { changeLogs } from '../shared/change-logs.ts'
import { Gathering } from '../shared/gathering.ts'
import { PassThrough } from '../shared/pass-through.ts'
import { Remake } from '../shared/remake.ts'
import { tellKept } from '../shared/tell-kept.ts'
import { type ResourceConfig, resourceConfig } from './config.ts'

export const resourceFactory: ProcessorFactory<ResourceConfig> = {
  type: 'resource',
  stability: 'beta',
  description:
    'Changes the attributes of resources; those that become the same are one, and their points are added up.',
  config: resourceConfig,
  create(settings, { attributes }, next) {
    const actions = new Actions(attributes)
    const resource = actions.apply.bind(actions)
    const remake = new Remake({ resource, onKept: tellKept(settings) })
    return new Gathering((metrics) => remake.apply(metrics), next)
  },
  createLogs(_settings, { attributes }, next) {
    const actions = new Actions(attributes)
    const resource = actions.apply.bind(actions)
    return new PassThrough((logs) => changeLogs(logs, { resource }), next)
  },
}
