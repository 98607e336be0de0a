import type { Source } from '../../src/source/source.ts'
import type { Sum, Watch } from './source.ts'
import type { Pair, TcpInfo } from './traffic.ts'

/** Both ends of a connection, and what a source says of them. */
export interface Ends<Watched extends Source> {
  readonly pair: Pair
  readonly seen: Watch<Watched>
}

export function sums<Watched extends Source>({
  seen,
  pair,
}: Ends<Watched>): { client: Sum; server: Sum } {
  return {
    client: seen.sum({ pid: pair.client.pid, role: 'client', port: pair.port }),
    server: seen.sum({ pid: pair.server.pid, role: 'server', port: pair.port }),
  }
}

/** TCP_INFO counts retransmissions as sent. */
export const payloadSent = (info: TcpInfo): number => info.bytesSent - info.bytesRetrans
