import { isIP } from 'node:net'
import type { NetworkType } from '../connection/flow.ts'

export interface Cidr {
  readonly text: string
  readonly address: string
  readonly prefixLength: number
  readonly family: NetworkType
}

/** @returns `undefined` if it is none; host bits may be set, as in `ip addr` */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || !/^\d{1,3}$/.test(length) || address.includes('%')) {
    return undefined
  }
  const prefixLength = Number(length)
  if (prefixLength > (version === 4 ? 32 : 128)) return undefined
  return { text, address, prefixLength, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** @throws {RangeError} if it is none: the configuration was to check it */
export function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text)
  if (cidr === undefined) throw new RangeError(`not a CIDR: ${text}`)
  return cidr
}
