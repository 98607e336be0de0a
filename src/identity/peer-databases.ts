import type { Buffer } from 'node:buffer'
import { Reader, type Response } from 'mmdb-lib'
import type { PeerSystem } from './peer-names.ts'

/** Databases in MaxMind's format: a reader that never throws. */
export class PeerDatabase {
  readonly #reader: Reader<Response>

  /** @throws {Error} if it is none */
  constructor(bytes: Buffer) {
    this.#reader = new Reader<Response>(bytes)
    // A file that was cut has its metadata or its tree no more; look where an address is found in any.
    const { nodeCount, searchTreeSize } = this.#reader.metadata
    if (!(nodeCount > 0 && searchTreeSize < bytes.length)) throw new Error('its tree is cut off')
    this.#reader.get('192.0.2.1')
  }

  /** @returns `undefined` if there is nothing of that address, or it is damaged there */
  find(address: string): Readonly<Record<string, unknown>> | undefined {
    try {
      const found: unknown = this.#reader.get(address)
      return isRecord(found) ? found : undefined
    } catch {
      return undefined
    }
  }
}

const mostNameLength = 255

/** Of GeoLite2-ASN, GeoIP2-ISP and databases with the same fields. */
export function systemOf(database: PeerDatabase, address: string): PeerSystem | undefined {
  const { autonomous_system_number: number, autonomous_system_organization: organization } =
    database.find(address) ?? {}
  if (typeof number !== 'number') return undefined
  return {
    number,
    ...(typeof organization === 'string' && {
      organization: organization.slice(0, mostNameLength).toWellFormed(),
    }),
  }
}

/** Of GeoLite2-Country, -City and databases with the same fields: where it is, else where it is registered. */
export function countryOf(database: PeerDatabase, address: string): string | undefined {
  const { country, registered_country: registered } = database.find(address) ?? {}
  return isoCodeOf(country) ?? isoCodeOf(registered)
}

function isoCodeOf(country: unknown): string | undefined {
  const code = isRecord(country) ? country['iso_code'] : undefined
  return typeof code === 'string' && /^[A-Z]{2}$/.test(code) ? code : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
