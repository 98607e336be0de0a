import { isIPv4, isIPv6, SocketAddress } from 'node:net'

/** @returns the address as `formatAddress` writes it, `undefined` if it is none */
export function addressOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  if (isIPv4(value)) return value
  if (!isIPv6(value) || value.includes('%')) return undefined
  const { address } = new SocketAddress({ address: value, family: 'ipv6' })
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address
}

export function addressesOf(values: readonly unknown[]): string[] {
  return [...new Set(values.map(addressOf).filter((one) => one !== undefined))]
}

/** @param protocol as Kubernetes writes it; TCP if it leaves it out */
export function transportOf(protocol: unknown): 'tcp' | 'udp' | undefined {
  if (protocol === undefined || protocol === 'TCP') return 'tcp'
  return protocol === 'UDP' ? 'udp' : undefined
}

/** Who listens at a port: key of the indexes. */
export function endpointKey(address: string, port: number, transport: string): string {
  return `${address} ${port} ${transport}`
}
