import { networkInterfaces } from 'node:os'
import { cidrOf } from './cidr.ts'
import { PrefixTable } from './prefix-table.ts'

/** Where the other side of a connection is (attribute `nettracer.peer.scope`). */
export type PeerScope = 'loopback' | 'host' | 'private' | 'public' | 'multicast'

const ranges: Readonly<Record<Exclude<PeerScope, 'public'>, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  /** 0.0.0.0/8 and `::` mean this host (RFC 1122), and connecting to them does. */
  host: ['0.0.0.0/8', '::/128'],
  /**
   * RFC 1918, link-local, shared address space of providers (RFC 6598), unique local, site-local of old, local NAT64
   * (RFC 8215). Ranges for documentation and tests are public: nobody should meet them, and who does should see it.
   */
  private: [
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '169.254.0.0/16',
    '100.64.0.0/10',
    'fc00::/7',
    'fe80::/10',
    'fec0::/10',
    '64:ff9b:1::/48',
  ],
  /** The limited broadcast address is not routed, and goes to many. */
  multicast: ['224.0.0.0/4', '255.255.255.255/32', 'ff00::/8'],
}

const scopes = new PrefixTable<PeerScope>([
  ...ranges.loopback.map((text) => [cidrOf(text), 'loopback'] as const),
  ...ranges.host.map((text) => [cidrOf(text), 'host'] as const),
  ...ranges.private.map((text) => [cidrOf(text), 'private'] as const),
  ...ranges.multicast.map((text) => [cidrOf(text), 'multicast'] as const),
])

/**
 * What is no address at all is `public`: nothing nearer can be claimed of it.
 *
 * @param isOfHost whether it is an address of this host
 */
export function scopeOf(address: string, isOfHost: boolean): PeerScope {
  const scope = scopes.find(address) ?? 'public'
  return isOfHost && scope !== 'loopback' ? 'host' : scope
}

/** Addresses of this host's interfaces, in the network namespace of the agent. */
export function readHostAddresses(): Set<string> {
  const addresses = new Set<string>()
  for (const interfaces of Object.values(networkInterfaces())) {
    for (const { address } of interfaces ?? []) addresses.add(address)
  }
  return addresses
}
