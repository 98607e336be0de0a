import { z } from 'zod'
import { actionList } from '../shared/actions-config.ts'

export const resourceConfig = z.strictObject({
  attributes: actionList.describe(
    'What happens to the attributes of each resource, in this order: maps of `action`, `key` and what the action needs.',
  ),
})

export type ResourceConfig = z.output<typeof resourceConfig>
