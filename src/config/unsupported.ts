import { z } from 'zod'

/**
 * A key that the Collector has and this program has not: it may be left out, and any value is an error that says why.
 *
 * @param reason why, or what to do instead; follows "not supported here: "
 */
export function unsupported(reason: string): z.ZodOptional<z.ZodNever> {
  return z
    .never({ error: `not supported here: ${reason}` })
    .optional()
    .describe(`Not supported: ${reason}`)
}

/** A switch of the Collector that can only stand at `false` here. `true` is an error that says why. */
export function onlyFalse(reason: string): z.ZodDefault<z.ZodLiteral<false>> {
  return z
    .literal(false, { error: `only false is supported here: ${reason}` })
    .default(false)
    .describe(`Only \`false\`: ${reason}`)
}
