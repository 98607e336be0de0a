import { NameDirectory } from '../../identity/dns/directory.ts'
import { ReverseNames } from '../../identity/dns/reverse-names.ts'
import type { ScopedFlow } from '../../identity/peer.ts'
import type { PeerScope } from '../../identity/peer-scope.ts'
import type { DnsConfig } from './dns-config.ts'
import { HostNamespace } from './host-counters.ts'

/**
 * What `peers: dns:` asks for.
 *
 * @param scopeOf where an address is; not called before names are asked for
 */
export function createNames(
  { reverse_lookups: reverse }: DnsConfig,
  scopeOf: (address: Pick<ScopedFlow, 'remoteAddress'>) => PeerScope,
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
          const scope = scopeOf({ remoteAddress })
          return scope === 'public' || (scope === 'private' && reverse.private_addresses)
        },
      }),
    }),
  })
}
