import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'

const user = z.string().min(1, 'is required').describe('Name of the user.')
const password = z.string().min(1, 'is required').describe('Password of the user.')

const sasl = z
  .strictObject({
    mechanism: z
      .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], {
        error: 'only PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 are supported here',
      })
      .describe('How the password is shown. PLAIN sends it as it is: use `tls` with it.'),
    username: user,
    password,
    version: z
      .union([z.literal(0), z.literal(1)])
      .default(0)
      .describe('Without effect: version 1 is spoken, which all brokers since Kafka 1.0 know.'),
    aws_msk: unsupported('there is no AWS_MSK_IAM_OAUTHBEARER here'),
    oauthbearer_token_source: unsupported('there is no OAUTHBEARER here'),
  })
  .optional()
  .describe('Name and password by SASL.')

export const authConfig = z
  .strictObject({
    sasl,
    plain_text: z
      .strictObject({ username: user, password })
      .optional()
      .describe('The old way to write `sasl` with the mechanism PLAIN.'),
    kerberos: unsupported('use sasl or tls'),
    tls: unsupported('write tls beside auth, not in it'),
  })
  .superRefine((config, context) => {
    if (config.sasl === undefined || config.plain_text === undefined) return
    context.addIssue({ code: 'custom', path: ['plain_text'], message: 'give sasl only' })
  })
  .prefault({})
  .describe('Who this is to the brokers. Default: nobody.')

export interface Credentials {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

/** @returns `undefined`: none are shown */
export function credentialsOf(auth: z.output<typeof authConfig>): Credentials | undefined {
  if (auth.plain_text !== undefined) return { mechanism: 'PLAIN', ...auth.plain_text }
  if (auth.sasl === undefined) return undefined
  const { mechanism, username, password: secret } = auth.sasl
  return { mechanism, username, password: secret }
}
