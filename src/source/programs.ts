/** The BPF programs, and what is missing from the telemetry without each. The first is the one that must load. */
export const programLosses: Readonly<Record<string, string>> = {
  socket_state: 'everything: connections are not seen',
  socket_pass: 'open connections until they end, listening sockets',
  connection_pass: 'open connections one by one, for `nettracer top`',
  file_pass:
    'connections older than this program, the process of connections accepted by a forked server',
  socket_destroyed: 'about one end of a connection in 100,000',
  reset_sent: 'resets sent, rejected SYNs',
  reset_received: 'resets received',
  synack_retransmitted: 'SYN-ACK retransmissions',
  segment_retransmitted: 'the cause of retransmissions, FINs sent again',
  socket_accepted:
    'how long each connection waited to be accepted: it needs programs of type fexit',
  socket_read: 'response times, UDP and names from DNS: they need Linux 6.3',
  socket_written: 'response times and UDP: they need Linux 6.3',
  datagram_socket_released: 'UDP: it needs the root of cgroup v2',
}

/** Programs for older kernels: before this version (major, minor) they stand in for another. */
export const fallbacks: Readonly<
  Record<string, { readonly before: readonly [number, number]; readonly loss: string }>
> = {
  segment_dropped: { before: [6, 10], loss: 'rejected SYNs, resets that answer no connection' },
}

/** Fallbacks that a kernel does not need. @param release such as `6.1.0-56-cloud-amd64` */
export function unneededFallbacks(release: string): string[] {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10))
  return Object.entries(fallbacks)
    .filter(([, { before }]) => major > before[0] || (major === before[0] && minor >= before[1]))
    .map(([name]) => name)
}

export const requiredProgram = 'socket_state'

/** Those that run at each read and write. */
export const ioPrograms: readonly string[] = ['socket_read', 'socket_written']

/** Those that UDP needs, all of them: what is not seen to end would count as active for good. */
export const datagramPrograms: readonly string[] = [...ioPrograms, 'datagram_socket_released']

/** The one that takes answers of DNS: it runs at each read. */
export const answerProgram = 'socket_read'

export interface Wanted {
  readonly hasResponseTimes: boolean
  readonly hasDatagrams: boolean
  readonly hasNames: boolean
}

/** Programs that nobody asked for. */
export function unwantedPrograms({ hasResponseTimes, hasDatagrams, hasNames }: Wanted): string[] {
  if (hasDatagrams) return []
  const wanted = hasResponseTimes ? ioPrograms : hasNames ? [answerProgram] : []
  return datagramPrograms.filter((name) => !wanted.includes(name))
}
