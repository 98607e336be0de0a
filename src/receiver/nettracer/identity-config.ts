import { z } from 'zod'
import { duration } from '../../config/values.ts'
import { globPattern } from '../../identity/rules/glob.ts'
import { Pattern } from '../../identity/rules/pattern.ts'
import { messageOf } from '../../shared/errors.ts'

const mostRules = 100

/** Text that some code takes, or the reason why not. */
function text(make: (source: string) => unknown) {
  return z
    .string()
    .min(1)
    .superRefine((source, context) => {
      try {
        make(source)
      } catch (error) {
        context.addIssue({ code: 'custom', message: `cannot be matched: ${messageOf(error)}` })
      }
    })
}

const glob = text(globPattern)

const match = z
  .strictObject({
    executable: glob
      .optional()
      .describe(
        'The executable: its name, or its whole path if there is a `/` in it. `*` is any characters but `/`, `**` any, `?` one.',
      ),
    command_line: text((source) => new Pattern(source))
      .optional()
      .describe(
        'A regular expression that is found in the command line, its arguments joined by spaces; the first 4096 characters count. No look-around, no back references: it takes time in proportion to the text, whatever that is.',
      ),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('A port that the process listens on, or on which it has taken connections.'),
    user: z
      .union([z.string().min(1), z.int().min(0)])
      .optional()
      .describe('Its user: name or number.'),
    container_name: glob.optional().describe('Name of its container; `*` and `?` as above.'),
    systemd_unit: glob
      .optional()
      .describe('Its systemd unit with suffix, `nginx.service`; `*` and `?` as above.'),
  })
  .refine((tests) => Object.values(tests).some((one) => one !== undefined), {
    error: 'must name something to match',
  })
  .describe('What must be so of a process: all that is named.')

const set = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/, {
      error: 'must be the name of an attribute, such as service.name',
    }),
    z.union([z.string().min(1), z.number(), z.boolean()]),
  )
  .superRefine((attributes, context) => {
    for (const key of Object.keys(attributes)) {
      const reason = whyNot(key)
      if (reason !== undefined) context.addIssue({ code: 'custom', path: [key], message: reason })
    }
  })
  .describe('Attributes of the resource: `service.name`, `service.namespace`, or any other.')

function whyNot(key: string): string | undefined {
  if (key === 'service.instance.id') {
    return 'cannot be set: all processes that the rule fits would have it in common'
  }
  return key.startsWith('process.') ? 'cannot be set: it is read from the process' : undefined
}

const rule = z.strictObject({ match, set })

export const identityConfig = z
  .strictObject({
    rules: z
      .array(rule)
      .max(mostRules)
      .default([])
      .describe(
        'What services are called that do not say it themselves, and other attributes of them. The first rule that fits counts. See docs/identity.md.',
      ),
    kubernetes_labels: z
      .boolean()
      .default(false)
      .describe(
        'Whether labels of a pod name the service: `app.kubernetes.io/instance`, else `app.kubernetes.io/name`; and `app.kubernetes.io/version` its version.',
      ),
    refresh: duration
      .refine((ms) => ms >= 1000, { error: 'must be 1s or more' })
      .prefault('5m')
      .describe(
        'How often a living process is looked at again, after two looks 5 s and 30 s after the first: it may run another program, or publish its resource late.',
      ),
  })
  .prefault({})
  .describe('Whose a connection is, and what its service is called: see docs/identity.md.')
