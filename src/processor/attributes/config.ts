import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { actionList } from '../shared/actions-config.ts'

export const attributesConfig = z.strictObject({
  actions: actionList.describe(
    'What happens to the attributes of each data point or log record, in this order: maps of `action`, `key` and what the action needs.',
  ),
  include: unsupported('all points are changed; put the processor into a pipeline of its own'),
  exclude: unsupported('all points are changed; put the processor into a pipeline of its own'),
})

export type AttributesConfig = z.output<typeof attributesConfig>
