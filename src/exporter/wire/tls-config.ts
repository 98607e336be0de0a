import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { duration, optionalText } from '../../config/values.ts'

const versions = ['1.0', '1.1', '1.2', '1.3'] as const
const version = z.enum([...versions, '']).transform((text) => (text === '' ? undefined : text))

export const tlsConfig = z
  .strictObject({
    insecure: z
      .boolean()
      .default(false)
      .describe(
        'Plain text instead of TLS. Without effect with https:// or a CA, as in the Collector.',
      ),
    insecure_skip_verify: z
      .boolean()
      .default(false)
      .describe("TLS without checking the server's certificate."),
    server_name_override: optionalText().describe(
      "Name to ask for and to find in the server's certificate.",
    ),
    ca_file: optionalText().describe(
      'PEM file of the authorities to trust. Default: those of the system.',
    ),
    ca_pem: optionalText().describe('The same as text.'),
    include_system_ca_certs_pool: z
      .boolean()
      .default(false)
      .describe("Trust the system's authorities beside ca_file or ca_pem."),
    cert_file: optionalText().describe('PEM file of the certificate to show (mutual TLS).'),
    cert_pem: optionalText().describe('The same as text.'),
    key_file: optionalText().describe('PEM file of its private key.'),
    key_pem: optionalText().describe('The same as text.'),
    min_version: version
      .prefault('1.2')
      .transform((text) => text ?? '1.2')
      .describe('Oldest TLS version.'),
    max_version: version.optional().describe('Newest TLS version. Default: what Node.js has.'),
    reload_interval: duration
      .prefault('0s')
      .describe('How often the files are read again; new connections use what changed. 0s: never.'),
    cipher_suites: unsupported("Node.js's own list is used"),
    include_insecure_cipher_suites: unsupported("Node.js's own list is used"),
    curve_preferences: unsupported("Node.js's own list is used"),
    tpm: unsupported('keys are read from files or the configuration'),
  })
  .superRefine((config, context) => {
    for (const [key, message] of contradictions(config)) {
      context.addIssue({ code: 'custom', path: [key], message })
    }
  })
  .prefault({})
  .describe('Transport security, as `configtls` of the Collector.')

export type TlsConfig = z.output<typeof tlsConfig>

/** Whether the Collector would speak TLS with these settings and no scheme in the endpoint. */
export function wantsTls(config: TlsConfig): boolean {
  return !config.insecure || config.ca_file !== undefined || config.ca_pem !== undefined
}

interface Sources {
  readonly cert_file?: string | undefined
  readonly cert_pem?: string | undefined
  readonly key_file?: string | undefined
  readonly key_pem?: string | undefined
  readonly ca_file?: string | undefined
  readonly ca_pem?: string | undefined
  readonly min_version: string
  readonly max_version?: string | undefined
}

function contradictions(config: Sources): [key: string, message: string][] {
  const found: [string, string][] = []
  for (const part of ['ca', 'cert', 'key'] as const) {
    if (config[`${part}_file`] !== undefined && config[`${part}_pem`] !== undefined) {
      found.push([`${part}_pem`, `give either ${part}_file or ${part}_pem, not both`])
    }
  }
  const has = (part: 'cert' | 'key') =>
    (config[`${part}_file`] ?? config[`${part}_pem`]) !== undefined
  if (has('cert') && !has('key')) found.push(['cert_file', 'needs key_file or key_pem beside it'])
  if (has('key') && !has('cert')) found.push(['key_file', 'needs cert_file or cert_pem beside it'])
  if (config.max_version !== undefined && config.max_version < config.min_version) {
    found.push(['max_version', 'must not be less than min_version'])
  }
  return found
}
