import { z } from 'zod'

/** The `console` exporter: our own, the Collector has none. */
export const consoleConfig = z.strictObject({
  color: z
    .enum(['auto', 'always', 'never'])
    .default('auto')
    .describe('`auto` colours on a terminal, unless NO_COLOR is set.'),
  rows: z
    .int()
    .min(1)
    .optional()
    .describe('Rows at most. Without it as many as fit the terminal, and in a pipe all.'),
  sort: z
    .enum(['traffic', 'connections', 'retransmissions'])
    .default('traffic')
    .describe('What stands first: the most bytes, connections or retransmitted segments.'),
  hint: z
    .string()
    .default('')
    .describe('A line under the table, for example where else the numbers go. Not in a pipe.'),
})

/** With defaults filled in. */
export type ConsoleConfig = z.output<typeof consoleConfig>
