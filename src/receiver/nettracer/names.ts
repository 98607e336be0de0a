import { isIPv4 } from 'node:net'
import { NameDirectory } from '../../identity/dns/directory.ts'
import { ReverseNames } from '../../identity/dns/reverse-names.ts'
import type { Peers } from '../../identity/peer.ts'
import type { DnsConfig } from './dns-config.ts'
import { HostNamespace } from './host-counters.ts'

/** What `peers: dns:` asks for. */
export function createNames(
  { reverse_lookups: reverse }: DnsConfig,
  peers: Pick<Peers, 'scopeOf'>,
  procRoot?: string,
): NameDirectory {
  return new NameDirectory({
    now: () => performance.now(),
    hostNetns: new HostNamespace(procRoot).netns,
    ...(reverse.enabled && {
      reverse: new ReverseNames({
        perSecond: reverse.per_second,
        timeoutMs: reverse.timeout,
        isAllowed: (address) => {
          const scope = scopeOf(peers, address)
          return scope === 'public' || (scope === 'private' && reverse.private_addresses)
        },
      }),
    }),
  })
}

function scopeOf(peers: Pick<Peers, 'scopeOf'>, remoteAddress: string) {
  const networkType = isIPv4(remoteAddress) ? 'ipv4' : 'ipv6'
  return peers.scopeOf({ remoteAddress, networkType, isSameHost: false })
}
