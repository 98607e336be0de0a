import { z } from 'zod'

const maxPatterns = 32
const maxPatternLength = 256

/** A regular expression that matches something. */
function isPattern(text: string): boolean {
  try {
    return !new RegExp(text, 'gu').test('')
  } catch {
    return false
  }
}

const pattern = z.string().max(maxPatternLength).refine(isPattern, {
  error: 'not a regular expression of JavaScript, or one that matches the empty text',
})

const commandLine = z
  .strictObject({
    enabled: z.boolean().default(false),
    redact: z
      .array(pattern)
      .max(maxPatterns)
      .default([])
      .describe(
        'Regular expressions (of JavaScript) for what is to be hidden beside what is hidden anyway: `cust-\\d+`. The whole match becomes `[REDACTED]`.',
      ),
  })
  .prefault({})
  .describe(
    'The command line, of at most 4,096 bytes. What looks like a secret is hidden: docs/security.md tells what does.',
  )

export const resourceAttributesConfig = z
  .strictObject({ 'process.command_line': commandLine })
  .prefault({})
  .describe('Resource attributes that are off by default.')
