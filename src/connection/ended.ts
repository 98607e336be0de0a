import type { Flow } from './flow.ts'

/**
 * A connection, or an attempt at one, that is over. Counters are those of its whole life, as the kernel kept them, also
 * before the source was there. Absent, or `undefined`, is what a source does not know.
 */
export interface EndedConnection {
  readonly flow: Flow
  /** As `formatAddress` writes it. */
  readonly localAddress: string | undefined
  /** 0 if no port was ever chosen. */
  readonly localPort: number
  /** 0 if it is not known any more. */
  readonly remotePort: number
  /** Older than the source. */
  readonly isAdopted: boolean
  /** Wall clock, ns since 1970: SYN sent, or accepted. Absent if it is older than the source. */
  readonly startTime?: bigint
  /** Wall clock, ns since 1970. Absent if never established, or before the source was there. */
  readonly establishedTime?: bigint
  /** Wall clock, ns since 1970. */
  readonly endTime: bigint
  /** Payload bytes: no SYN, FIN or retransmission. */
  readonly bytesTx: number | undefined
  readonly bytesRx: number | undefined
  /** Segments sent, without retransmissions; a server's SYN-ACKs are in no counter of the socket. */
  readonly pktsTx: number | undefined
  readonly pktsRx: number | undefined
  /** Segments sent again, SYNs and SYN-ACKs included: `tcpi_total_retrans`. */
  readonly pktsRetr: number | undefined
  /** Of {@link pktsRetr}, SYNs of a client or SYN-ACKs of a server. */
  readonly pktsRetrSyn: number | undefined
  /** Smoothed RTT at the end, in µs; -1 before the first sample. */
  readonly srttUs: number
  /** Mean deviation of the RTT at the end, in µs; -1 before the first sample. */
  readonly rttVarianceUs: number
  /** Least RTT of the last `net.ipv4.tcp_min_rtt_wlen` seconds (300), in µs; -1 before the first sample. */
  readonly rttMinUs: number
  /** Index into `closeReasons`; 0 if it was never established. */
  readonly closeReason: number
  /** Index into `failureTypes`; 0 if it was established. */
  readonly failureType: number
  /** The socket's error as an errno (`sk_err`); 0 if there was none, or if it is not known. */
  readonly errno: number
  /** Whether this end sent a FIN, the other did, and likewise with resets. */
  readonly hasSentFin: boolean | undefined
  readonly hasReceivedFin: boolean | undefined
  readonly hasSentReset: boolean | undefined
  readonly hasReceivedReset: boolean | undefined
}
