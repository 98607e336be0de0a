import { z } from 'zod'

const unitMs = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

/** Reads a Go duration (`300ms`, `1.5h`, `1m30s`, `0`) as milliseconds; `undefined` if it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  let ms = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) {
    ms += Number(amount) * (unitMs.get(unit ?? '') ?? Number.NaN)
  }
  return ms
}

const notDuration =
  'not a duration: write a number and a unit (ns, us, ms, s, m, h), for example 10s or 1m30s'

/** A duration as the Collector writes it; the output is in milliseconds. */
export const duration = z
  .string({ error: notDuration })
  .refine((text) => parseDuration(text) !== undefined, { error: notDuration })
  .transform((text) => parseDuration(text) ?? 0)
  .meta({ id: 'duration', pattern: '^(0|(\\d+(\\.\\d*)?(ns|us|µs|ms|s|m|h))+)$' })

/**
 * A text that may be left out; an empty one is as if it were not there, as in the Collector.
 *
 * @param faultOf what is wrong with one that is not empty, if anything
 */
export function optionalText(faultOf: (text: string) => string | undefined = () => undefined) {
  return z
    .string()
    .superRefine((text, context) => {
      const message = text === '' ? undefined : faultOf(text)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .transform((text) => (text === '' ? undefined : text))
    .optional()
}
