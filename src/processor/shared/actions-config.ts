import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { toPattern } from './pattern.ts'

const pattern = z
  .string()
  .min(1)
  .refine((text) => toPattern(text) !== undefined, {
    error: 'not a regular expression that is known here',
  })

const value = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.string()),
  z.array(z.number()),
  z.array(z.boolean()),
])

const action = z
  .strictObject({
    key: z.string().min(1).optional().describe('The attribute.'),
    action: z
      .enum(['insert', 'update', 'upsert', 'delete', 'hash', 'extract', 'convert'])
      .describe(
        '`insert`: if it is not there. `update`: if it is there. `upsert`: in any case. `delete`. `hash`: SHA-256 of the value, hexadecimal. `extract`: named groups of `pattern` become attributes. `convert`: to `converted_type`.',
      ),
    value: value.optional().describe('What it gets, for insert, update and upsert.'),
    from_attribute: z
      .string()
      .min(1)
      .optional()
      .describe('Instead of `value`: the attribute to take it from. Nothing happens without that.'),
    pattern: pattern
      .optional()
      .describe(
        'For extract: a regular expression with named groups. For delete and hash: all attributes whose names it matches.',
      ),
    converted_type: z
      .enum(['int', 'double', 'string'])
      .optional()
      .describe('For convert. What cannot be converted stays.'),
    from_context: unsupported('metrics made on this host carry no client metadata'),
  })
  .superRefine((given, context) => {
    for (const [path, message] of faultsOf(given)) {
      context.addIssue({ code: 'custom', path: path === '' ? [] : [path], message })
    }
  })

export type ActionConfig = z.output<typeof action>

/** In this order, each on what the one before has made. */
export const actionList = z.array(action).min(1)

interface Given {
  readonly action: string
  readonly key?: string | undefined
  readonly value?: unknown
  readonly from_attribute?: string | undefined
  readonly pattern?: string | undefined
  readonly converted_type?: string | undefined
}

type Fault = readonly [path: string, message: string]

function faultsOf(given: Given): Fault[] {
  return [...valueFaults(given), ...patternFaults(given), ...typeFaults(given)]
}

function valueFaults({ action: name, value: own, from_attribute: from }: Given): Fault[] {
  const sources = [own, from].filter((one) => one !== undefined).length
  const isSetting = ['insert', 'update', 'upsert'].includes(name)
  if (isSetting && sources !== 1) return [['', 'needs value or from_attribute, one of them']]
  return !isSetting && sources > 0 ? [['', `${name} takes no value`]] : []
}

function patternFaults({ action: name, key, pattern: text }: Given): Fault[] {
  const faults: Fault[] = []
  const takesPattern = ['delete', 'hash', 'extract'].includes(name)
  if (text !== undefined && !takesPattern) faults.push(['pattern', `${name} takes no pattern`])
  const isNamed = key !== undefined || (text !== undefined && name !== 'extract')
  if (!isNamed) faults.push(['key', 'required: the name of the attribute'])
  if (name === 'extract' && !hasGroups(text)) {
    faults.push(['pattern', 'must have named groups: (?P<name>...)'])
  }
  return faults
}

function typeFaults({ action: name, converted_type: type }: Given): Fault[] {
  if ((name === 'convert') === (type !== undefined)) return []
  return [['converted_type', 'goes with the action convert, and convert with it']]
}

function hasGroups(text: string | undefined): boolean {
  return text !== undefined && /\(\?P?<[A-Za-z]/.test(text)
}
