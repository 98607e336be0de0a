import { isIPv4 } from 'node:net'
import { NameDirectory } from '../../identity/dns/directory.ts'
import { ReverseNames } from '../../identity/dns/reverse-names.ts'
import type { PeerFlow, PeerScope } from '../../identity/peer.ts'
import type { DnsConfig } from './dns-config.ts'
import { HostNamespace } from './host-counters.ts'

/**
 * What `peers: dns:` asks for.
 *
 * @param scopeOf where an address is; not called before names are asked for
 */
export function createNames(
  { reverse_lookups: reverse }: DnsConfig,
  scopeOf: (address: Pick<PeerFlow, 'remoteAddress' | 'networkType'>) => PeerScope,
  procRoot?: string,
): NameDirectory {
  return new NameDirectory({
    now: () => performance.now(),
    hostNetns: new HostNamespace(procRoot).netns,
    ...(reverse.enabled && {
      reverse: new ReverseNames({
        perSecond: reverse.per_second,
        timeoutMs: reverse.timeout,
        isAllowed: (remoteAddress) => {
          const networkType = isIPv4(remoteAddress) ? 'ipv4' : 'ipv6'
          const scope = scopeOf({ remoteAddress, networkType })
          return scope === 'public' || (scope === 'private' && reverse.private_addresses)
        },
      }),
    }),
  })
}
