import { z } from 'zod'

/**
 * A map, or the Collector's list of `name` and `value`; the output is a map.
 *
 * @param nameFault what is wrong with a name, if anything
 */
export function headersConfig(nameFault: (name: string) => string | undefined) {
  return z
    .union([
      z.record(z.string(), z.string()),
      z
        .array(z.strictObject({ name: z.string(), value: z.string() }))
        .transform((list) => Object.fromEntries(list.map(({ name, value }) => [name, value]))),
    ])
    .superRefine((map, context) => {
      for (const [name, value] of Object.entries(map)) {
        const message = nameFault(name) ?? valueFault(value)
        if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message })
      }
    })
    .prefault({})
    .describe('Sent with every request, for example for authorization.')
}

function valueFault(value: string): string | undefined {
  return /^[ -~]*$/.test(value) ? undefined : 'a header value is printable ASCII'
}
