import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, getCACertificates, type SecureContextOptions } from 'node:tls'
import { messageOf, NettracerError } from '../../shared/errors.ts'
import type { TlsConfig } from './tls-config.ts'

/** What `tls.createSecureContext` takes, read from the files that the configuration names. */
export type TlsMaterial = Pick<
  SecureContextOptions,
  'ca' | 'cert' | 'key' | 'minVersion' | 'maxVersion'
>

/**
 * Reads and checks certificates and keys.
 *
 * @throws NettracerError that names the key and file that cannot be read or is no certificate or key
 */
export function loadTls(config: TlsConfig): TlsMaterial {
  const ca = authorities(config)
  const cert = pemOf(config, 'cert')
  const key = pemOf(config, 'key')
  const material: TlsMaterial = {
    minVersion: `TLSv${config.min_version === '1.0' ? '1' : config.min_version}`,
    ...(config.max_version === undefined
      ? {}
      : { maxVersion: `TLSv${config.max_version === '1.0' ? '1' : config.max_version}` }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
  if (cert !== undefined) readCertificates(cert, describeSource(config, 'cert'))
  try {
    createSecureContext(material)
  } catch (error) {
    const where = `${describeSource(config, 'key')}, ${describeSource(config, 'cert')}`
    throw invalid(where, `do not work together: ${messageOf(error)}`)
  }
  return material
}

/** `undefined`: what Node.js trusts by itself. */
function authorities(config: TlsConfig): string[] | undefined {
  const own = pemOf(config, 'ca')
  if (own === undefined) {
    const known = systemAuthorities()
    return known.length === 0 ? undefined : known
  }
  const found = readCertificates(own, describeSource(config, 'ca'))
  return config.include_system_ca_certs_pool ? [...systemAuthorities(), ...found] : found
}

function systemAuthorities(): string[] {
  return [...getCACertificates('system'), ...getCACertificates('extra')]
}

type Part = 'ca' | 'cert' | 'key'

function pemOf(config: TlsConfig, part: Part): string | undefined {
  const path = config[`${part}_file`]
  if (path === undefined) return config[`${part}_pem`]
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const message = `${describeSource(config, part)} cannot be read: ${messageOf(error)}`
    throw new NettracerError('NETTRACER_ERR_CONFIG_UNREADABLE', message, { cause: error })
  }
}

function describeSource(config: TlsConfig, part: Part): string {
  const path = config[`${part}_file`]
  return path === undefined ? `tls.${part}_pem` : `tls.${part}_file ${path}`
}

/** Node.js passes over what is no certificate in `ca`, so each is tried here. */
function readCertificates(pem: string, where: string): string[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  if (found.length === 0) throw invalid(where, 'has no PEM certificate')
  for (const certificate of found) {
    try {
      if (new X509Certificate(certificate).raw.length === 0) throw new Error('it is empty')
    } catch (error) {
      throw invalid(where, `has a broken certificate: ${messageOf(error)}`)
    }
  }
  return found
}

function invalid(where: string, what: string): NettracerError {
  return new NettracerError('NETTRACER_ERR_CONFIG_INVALID', `${where} ${what}`)
}
