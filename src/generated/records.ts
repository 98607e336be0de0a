// Made by tools/generate-records.ts from bpf/nettracer.h. Do not edit.

/** The structs whose layout is compared when the BPF object is opened. */
export const recordStructs = [
  'connection_record',
  'end_record',
  'listener_record',
  'process_record',
  'summary_record',
  'open_record',
  'response_record',
  'answer_record',
  'total',
  'rejection',
] as const

/** SHA-256 of the layout as the addon describes it. */
export const layoutHash = 'bfbae8308c1bef392137576f9c87d5668eaaa05e892ad4dfd9096724c93387b9'

/** Words of a `struct flow`. */
export const flowWords = 12

export const recordKind = {
  RECORD_CONNECTION: 1,
  RECORD_COUNTERS: 2,
  RECORD_LISTENER: 3,
  RECORD_PROCESS: 4,
  RECORD_SUMMARY: 5,
  RECORD_OPEN: 6,
  RECORD_END: 7,
  RECORD_RESPONSES: 8,
  RECORD_ANSWER: 9,
} as const

export const role = {
  ROLE_UNKNOWN: 0,
  ROLE_CLIENT: 1,
  ROLE_SERVER: 2,
} as const

export const closeReason = {
  CLOSE_NONE: 0,
  CLOSE_LOCAL_FIN: 1,
  CLOSE_REMOTE_FIN: 2,
  CLOSE_LOCAL_RESET: 3,
  CLOSE_REMOTE_RESET: 4,
  CLOSE_TIMEOUT: 5,
  CLOSE_ERROR: 6,
} as const

export const failureType = {
  FAILURE_NONE: 0,
  FAILURE_REFUSED: 1,
  FAILURE_TIMED_OUT: 2,
  FAILURE_RESET: 3,
  FAILURE_HOST_UNREACHABLE: 4,
  FAILURE_NET_UNREACHABLE: 5,
  FAILURE_CANCELLED: 6,
  FAILURE_OTHER: 7,
} as const

export const responseBounds = {
  RESPONSE_SCALE: 3,
  RESPONSE_SLOTS: 16,
} as const

export const ioWanted = {
  WANTS_RESPONSES: 1,
  WANTS_DATAGRAMS: 2,
  WANTS_NAMES: 4,
} as const

export const loss = {
  LOSS_RING_FULL: 0,
  LOSS_REMAINDER_FULL: 1,
  LOSS_STORAGE: 2,
  LOSS_PROCESS: 3,
  LOSS_LISTENER: 4,
  LOSS_END: 5,
  LOSS_RESPONSES: 6,
  LOSS_ANSWER: 7,
  LOSS_COUNT: 8,
} as const

export const life = {
  LIFE_BEGUN: 0,
  LIFE_ENDED: 1,
  LIFE_COUNT: 2,
} as const

/** Reads a `struct connection_record` in place, 272 bytes. Set `at` to its first word. */
export class ConnectionRecord {
  static readonly size = 272
  /** Word offset of its `struct flow`. */
  static readonly flowWord = 2
  /** Word offset of its `struct endpoints`. */
  static readonly endpointsWord = 62
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  at = 0

  constructor(words: Uint32Array) {
    this.words = words
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  }

  /** enum record_kind */
  get kind(): number {
    return this.words[this.at + 0] as number
  }

  /** of the whole record; unit:By */
  get size(): number {
    return this.words[this.at + 1] as number
  }

  /** network order, IPv4 as ::ffff:a.b.c.d */
  get remoteAddress(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 8, this.at * 4 + 24)
  }

  /** from:task_struct.start_boottime; unit:ns */
  get processStartTime(): bigint {
    return (
      (BigInt(this.words[this.at + 7] as number) << 32n) | BigInt(this.words[this.at + 6] as number)
    )
  }

  /** from:sock.sk_cgrp_data.cgroup.kn.id */
  get cgroupId(): bigint {
    return (
      (BigInt(this.words[this.at + 9] as number) << 32n) | BigInt(this.words[this.at + 8] as number)
    )
  }

  /** from:task_struct.tgid; 0 if unknown or a kernel thread */
  get pid(): number {
    return this.words[this.at + 10] as number
  }

  /** from:net.ns.inum */
  get netns(): number {
    return this.words[this.at + 11] as number
  }

  /** remote port of a client, local port of a server, else 0 */
  get servicePort(): number {
    return (this.words[this.at + 12] as number) & 0xffff
  }

  /** IPPROTO_TCP or IPPROTO_UDP */
  get protocol(): number {
    return ((this.words[this.at + 12] as number) >>> 16) & 0xff
  }

  /** 4 or 6; 4 for IPv4-mapped */
  get ipVersion(): number {
    return ((this.words[this.at + 12] as number) >>> 24) & 0xff
  }

  /** enum role */
  get role(): number {
    return (this.words[this.at + 13] as number) & 0xff
  }

  /** 1 if local and remote address are equal */
  get isSameHost(): number {
    return ((this.words[this.at + 13] as number) >>> 8) & 0xff
  }

  /** enum close_reason */
  get closeReason(): number {
    return this.words[this.at + 14] as number
  }

  /** enum failure_type */
  get failureType(): number {
    return this.words[this.at + 15] as number
  }

  /** from:tcp_sock.bytes_acked + (snd_nxt - snd_una), less SYN and FIN; unit:By */
  get bytesTx(): number {
    return (this.words[this.at + 16] as number) + (this.words[this.at + 17] as number) * 4294967296
  }

  /** from:tcp_sock.bytes_received, less the FIN; unit:By */
  get bytesRx(): number {
    return (this.words[this.at + 18] as number) + (this.words[this.at + 19] as number) * 4294967296
  }

  /** from:tcp_sock.segs_out - total_retrans; unit:{packet} */
  get pktsTx(): number {
    return this.words[this.at + 20] as number
  }

  /** from:tcp_sock.segs_in; unit:{packet} */
  get pktsRx(): number {
    return this.words[this.at + 21] as number
  }

  /** from:tcp_sock.total_retrans; unit:{packet} */
  get pktsRetr(): number {
    return this.words[this.at + 22] as number
  }

  /** from:tcp_sock.total_retrans while in SYN_SENT; unit:{packet} */
  get pktsRetrSyn(): number {
    return this.words[this.at + 23] as number
  }

  /** from:tracepoint tcp_send_reset; unit:{reset} */
  get resetsTx(): number {
    return this.words[this.at + 24] as number
  }

  /** from:tracepoint tcp_receive_reset; unit:{reset} */
  get resetsRx(): number {
    return this.words[this.at + 25] as number
  }

  /** unit:{connection} */
  get opened(): number {
    return this.words[this.at + 26] as number
  }

  /** unit:{connection} */
  get closed(): number {
    return this.words[this.at + 27] as number
  }

  /** unit:{connection} */
  get failed(): number {
    return this.words[this.at + 28] as number
  }

  /** change of the number of open connections; unit:{connection} */
  get active(): number {
    return (this.words[this.at + 29] as number) | 0
  }

  /** connects whose SYN was sent; unit:{connection} */
  get attempts(): number {
    return this.words[this.at + 30] as number
  }

  /** ended before the remote FIN: the kernel answers it; unit:{connection} */
  get handedOver(): number {
    return this.words[this.at + 31] as number
  }

  /** of resets_tx: answers to a segment, in no segs_out; unit:{reset} */
  get strayResets(): number {
    return this.words[this.at + 32] as number
  }

  /** not 0 if any of the following grew, the FINs excepted */
  get signals(): number {
    return this.words[this.at + 33] as number
  }

  /** from:tcp_sock.chrono_stat: busy and not limited; unit:us */
  get limitedNetwork(): number {
    return (this.words[this.at + 34] as number) + (this.words[this.at + 35] as number) * 4294967296
  }

  /** from:tcp_sock.chrono_stat: rwnd; unit:us */
  get limitedReceiver(): number {
    return (this.words[this.at + 36] as number) + (this.words[this.at + 37] as number) * 4294967296
  }

  /** from:tcp_sock.chrono_stat: sndbuf; unit:us */
  get limitedSender(): number {
    return (this.words[this.at + 38] as number) + (this.words[this.at + 39] as number) * 4294967296
  }

  /** of pkts_retr: in TCP_CA_Recovery; unit:{packet} */
  get retrFast(): number {
    return this.words[this.at + 40] as number
  }

  /** of pkts_retr: in TCP_CA_Loss; unit:{packet} */
  get retrTimeout(): number {
    return this.words[this.at + 41] as number
  }

  /** of pkts_retr: by the loss probe timer; unit:{packet} */
  get retrTailProbe(): number {
    return this.words[this.at + 42] as number
  }

  /** of pkts_retr: cause not seen; unit:{packet} */
  get retrOther(): number {
    return this.words[this.at + 43] as number
  }

  /** from:tcp_sock.total_rto; unit:{timeout} */
  get timeouts(): number {
    return this.words[this.at + 44] as number
  }

  /** from:tcp_sock.rcv_ooopack; unit:{packet} */
  get pktsRxOoo(): number {
    return this.words[this.at + 45] as number
  }

  /** from:tcp_sock.dsack_dups; unit:{packet} */
  get pktsSpurious(): number {
    return this.words[this.at + 46] as number
  }

  /** from:tcp_sock.delivered_ce; unit:{packet} */
  get pktsCe(): number {
    return this.words[this.at + 47] as number
  }

  /** from:tcp_sock.reord_seen; unit:{event} */
  get reorderings(): number {
    return this.words[this.at + 48] as number
  }

  /** passes that found rcv_wnd newly used up; unit:{event} */
  get windowsClosedTx(): number {
    return this.words[this.at + 49] as number
  }

  /** passes that found snd_wnd newly 0; unit:{event} */
  get windowsClosedRx(): number {
    return this.words[this.at + 50] as number
  }

  /** FINs sent, also again; unit:{packet} */
  get finsTx(): number {
    return this.words[this.at + 51] as number
  }

  /** 1 once the remote FIN was taken; unit:{packet} */
  get finsRx(): number {
    return this.words[this.at + 52] as number
  }

  /** from:sock.sk_drops of a UDP socket; unit:{packet} */
  get drops(): number {
    return this.words[this.at + 53] as number
  }

  /** from:tcp_sock.srtt_us / 8; 0 before a sample; unit:us */
  get srtt(): number {
    return this.words[this.at + 54] as number
  }

  /** from:tcp_sock.mdev_us / 4; unit:us */
  get rttVariance(): number {
    return this.words[this.at + 55] as number
  }

  /** SYN sent to established; 0 unless opened by connect; unit:ns */
  get connectDuration(): number {
    return (this.words[this.at + 56] as number) + (this.words[this.at + 57] as number) * 4294967296
  }

  /** established to end; 0 unless closed; unit:ns */
  get duration(): number {
    return (this.words[this.at + 58] as number) + (this.words[this.at + 59] as number) * 4294967296
  }

  /** established to accepted; 0 unless accepted since the last report; unit:ns */
  get acceptDuration(): number {
    return (this.words[this.at + 60] as number) + (this.words[this.at + 61] as number) * 4294967296
  }

  /** network order, IPv4 as ::ffff:a.b.c.d */
  get localAddress(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 248, this.at * 4 + 264)
  }

  /** host order; 0 if none was ever chosen */
  get localPort(): number {
    return (this.words[this.at + 66] as number) & 0xffff
  }

  /** host order */
  get remotePort(): number {
    return ((this.words[this.at + 66] as number) >>> 16) & 0xffff
  }
}

/** Reads a `struct end_record` in place, 168 bytes. Set `at` to its first word. */
export class EndRecord {
  static readonly size = 168
  /** Word offset of its `struct flow`. */
  static readonly flowWord = 2
  /** Word offset of its `struct endpoints`. */
  static readonly endpointsWord = 14
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  at = 0

  constructor(words: Uint32Array) {
    this.words = words
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  }

  /** enum record_kind */
  get kind(): number {
    return this.words[this.at + 0] as number
  }

  /** of the whole record; unit:By */
  get size(): number {
    return this.words[this.at + 1] as number
  }

  /** network order, IPv4 as ::ffff:a.b.c.d */
  get remoteAddress(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 8, this.at * 4 + 24)
  }

  /** from:task_struct.start_boottime; unit:ns */
  get processStartTime(): bigint {
    return (
      (BigInt(this.words[this.at + 7] as number) << 32n) | BigInt(this.words[this.at + 6] as number)
    )
  }

  /** from:sock.sk_cgrp_data.cgroup.kn.id */
  get cgroupId(): bigint {
    return (
      (BigInt(this.words[this.at + 9] as number) << 32n) | BigInt(this.words[this.at + 8] as number)
    )
  }

  /** from:task_struct.tgid; 0 if unknown or a kernel thread */
  get pid(): number {
    return this.words[this.at + 10] as number
  }

  /** from:net.ns.inum */
  get netns(): number {
    return this.words[this.at + 11] as number
  }

  /** remote port of a client, local port of a server, else 0 */
  get servicePort(): number {
    return (this.words[this.at + 12] as number) & 0xffff
  }

  /** IPPROTO_TCP or IPPROTO_UDP */
  get protocol(): number {
    return ((this.words[this.at + 12] as number) >>> 16) & 0xff
  }

  /** 4 or 6; 4 for IPv4-mapped */
  get ipVersion(): number {
    return ((this.words[this.at + 12] as number) >>> 24) & 0xff
  }

  /** enum role */
  get role(): number {
    return (this.words[this.at + 13] as number) & 0xff
  }

  /** 1 if local and remote address are equal */
  get isSameHost(): number {
    return ((this.words[this.at + 13] as number) >>> 8) & 0xff
  }

  /** network order, IPv4 as ::ffff:a.b.c.d */
  get localAddress(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 56, this.at * 4 + 72)
  }

  /** host order; 0 if none was ever chosen */
  get localPort(): number {
    return (this.words[this.at + 18] as number) & 0xffff
  }

  /** host order */
  get remotePort(): number {
    return ((this.words[this.at + 18] as number) >>> 16) & 0xffff
  }

  /** SYN sent, or accepted; 0 if adopted; unit:ns */
  get startTime(): bigint {
    return (
      (BigInt(this.words[this.at + 21] as number) << 32n) |
      BigInt(this.words[this.at + 20] as number)
    )
  }

  /** 0 if never, or before it was adopted; unit:ns */
  get establishedTime(): bigint {
    return (
      (BigInt(this.words[this.at + 23] as number) << 32n) |
      BigInt(this.words[this.at + 22] as number)
    )
  }

  /** unit:ns */
  get endTime(): bigint {
    return (
      (BigInt(this.words[this.at + 25] as number) << 32n) |
      BigInt(this.words[this.at + 24] as number)
    )
  }

  /** as in counters; unit:By */
  get bytesTx(): number {
    return (this.words[this.at + 26] as number) + (this.words[this.at + 27] as number) * 4294967296
  }

  /** as in counters; unit:By */
  get bytesRx(): number {
    return (this.words[this.at + 28] as number) + (this.words[this.at + 29] as number) * 4294967296
  }

  /** from:tcp_sock.segs_out, less those sent again; unit:{packet} */
  get pktsTx(): number {
    return this.words[this.at + 30] as number
  }

  /** from:tcp_sock.segs_in; unit:{packet} */
  get pktsRx(): number {
    return this.words[this.at + 31] as number
  }

  /** from:tcp_sock.total_retrans, SYN-ACKs included; unit:{packet} */
  get pktsRetr(): number {
    return this.words[this.at + 32] as number
  }

  /** of pkts_retr: SYNs or SYN-ACKs; ~0 if established before it was adopted; unit:{packet} */
  get pktsRetrSyn(): number {
    return this.words[this.at + 33] as number
  }

  /** from:tcp_sock.srtt_us / 8; 0 before a sample; unit:us */
  get srtt(): number {
    return this.words[this.at + 34] as number
  }

  /** from:tcp_sock.mdev_us / 4; unit:us */
  get rttVariance(): number {
    return this.words[this.at + 35] as number
  }

  /** from:tcp_sock.rtt_min; ~0 before a sample; unit:us */
  get rttMin(): number {
    return this.words[this.at + 36] as number
  }

  /** enum close_reason */
  get closeReason(): number {
    return this.words[this.at + 37] as number
  }

  /** enum failure_type */
  get failureType(): number {
    return this.words[this.at + 38] as number
  }

  /** from:sock.sk_err; an errno; 0 if none */
  get error(): number {
    return this.words[this.at + 39] as number
  }

  /** 1 if older than this program */
  get isAdopted(): number {
    return (this.words[this.at + 40] as number) & 0xff
  }

  /** 1 if a FIN was sent */
  get finTx(): number {
    return ((this.words[this.at + 40] as number) >>> 8) & 0xff
  }

  /** 1 if the remote FIN came */
  get finRx(): number {
    return ((this.words[this.at + 40] as number) >>> 16) & 0xff
  }

  /** 1 if a reset was sent, or is about to be */
  get rstTx(): number {
    return ((this.words[this.at + 40] as number) >>> 24) & 0xff
  }

  /** 1 if a reset came */
  get rstRx(): number {
    return (this.words[this.at + 41] as number) & 0xff
  }
}

/** Reads a `struct listener_record` in place, 96 bytes. Set `at` to its first word. */
export class ListenerRecord {
  static readonly size = 96
  /** Word offset of its `struct flow`. */
  static readonly flowWord = 2
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  at = 0

  constructor(words: Uint32Array) {
    this.words = words
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  }

  /** enum record_kind */
  get kind(): number {
    return this.words[this.at + 0] as number
  }

  /** of the whole record; unit:By */
  get size(): number {
    return this.words[this.at + 1] as number
  }

  /** network order, IPv4 as ::ffff:a.b.c.d */
  get remoteAddress(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 8, this.at * 4 + 24)
  }

  /** from:task_struct.start_boottime; unit:ns */
  get processStartTime(): bigint {
    return (
      (BigInt(this.words[this.at + 7] as number) << 32n) | BigInt(this.words[this.at + 6] as number)
    )
  }

  /** from:sock.sk_cgrp_data.cgroup.kn.id */
  get cgroupId(): bigint {
    return (
      (BigInt(this.words[this.at + 9] as number) << 32n) | BigInt(this.words[this.at + 8] as number)
    )
  }

  /** from:task_struct.tgid; 0 if unknown or a kernel thread */
  get pid(): number {
    return this.words[this.at + 10] as number
  }

  /** from:net.ns.inum */
  get netns(): number {
    return this.words[this.at + 11] as number
  }

  /** remote port of a client, local port of a server, else 0 */
  get servicePort(): number {
    return (this.words[this.at + 12] as number) & 0xffff
  }

  /** IPPROTO_TCP or IPPROTO_UDP */
  get protocol(): number {
    return ((this.words[this.at + 12] as number) >>> 16) & 0xff
  }

  /** 4 or 6; 4 for IPv4-mapped */
  get ipVersion(): number {
    return ((this.words[this.at + 12] as number) >>> 24) & 0xff
  }

  /** enum role */
  get role(): number {
    return (this.words[this.at + 13] as number) & 0xff
  }

  /** 1 if local and remote address are equal */
  get isSameHost(): number {
    return ((this.words[this.at + 13] as number) >>> 8) & 0xff
  }

  /** network order, IPv4 as ::ffff:a.b.c.d */
  get localAddress(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 56, this.at * 4 + 72)
  }

  /** from:sock.sk_ack_backlog; unit:{connection} */
  get backlog(): number {
    return this.words[this.at + 18] as number
  }

  /** from:sock.sk_max_ack_backlog; unit:{connection} */
  get backlogLimit(): number {
    return this.words[this.at + 19] as number
  }

  /** from:sock.sk_drops, growth; unit:{connection} */
  get overflows(): number {
    return this.words[this.at + 20] as number
  }

  /** from:tracepoint tcp_retransmit_synack, growth; unit:{packet} */
  get synackRetr(): number {
    return this.words[this.at + 21] as number
  }

  /** 1 in the last report: its backlog is gone */
  get isClosed(): number {
    return this.words[this.at + 22] as number
  }

  /** age of the first connection in the accept queue; unit:ms */
  get oldestWait(): number {
    return this.words[this.at + 23] as number
  }
}

/** Reads a `struct process_record` in place, 424 bytes. Set `at` to its first word. */
export class ProcessRecord {
  static readonly size = 424
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  at = 0

  constructor(words: Uint32Array) {
    this.words = words
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  }

  /** enum record_kind */
  get kind(): number {
    return this.words[this.at + 0] as number
  }

  /** of the whole record; unit:By */
  get size(): number {
    return this.words[this.at + 1] as number
  }

  /** from:task_struct.start_boottime; unit:ns */
  get startTime(): bigint {
    return (
      (BigInt(this.words[this.at + 3] as number) << 32n) | BigInt(this.words[this.at + 2] as number)
    )
  }

  /** from:task_struct.cgroups.dfl_cgrp.kn.id */
  get cgroupId(): bigint {
    return (
      (BigInt(this.words[this.at + 5] as number) << 32n) | BigInt(this.words[this.at + 4] as number)
    )
  }

  /** from:task_struct.real_parent, as above; unit:ns */
  get parentStartTime(): bigint {
    return (
      (BigInt(this.words[this.at + 7] as number) << 32n) | BigInt(this.words[this.at + 6] as number)
    )
  }

  /** of the parent's parent; unit:ns */
  get grandparentStartTime(): bigint {
    return (
      (BigInt(this.words[this.at + 9] as number) << 32n) | BigInt(this.words[this.at + 8] as number)
    )
  }

  /** from:task_struct.tgid */
  get pid(): number {
    return this.words[this.at + 10] as number
  }

  /** from:task_struct.cred.uid */
  get uid(): number {
    return this.words[this.at + 11] as number
  }

  /** 0 unless in the same control group and mount namespace */
  get parentPid(): number {
    return this.words[this.at + 12] as number
  }

  /** likewise; 0 if parent_pid is */
  get grandparentPid(): number {
    return this.words[this.at + 13] as number
  }

  /** from:task_struct.comm; any bytes, NUL-terminated */
  get comm(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 56, this.at * 4 + 72)
  }

  /** from:mm_struct.exe_file; any bytes, NUL-terminated */
  get executableName(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 72, this.at * 4 + 136)
  }

  /** from:kernfs_node.name; name of its control group; empty: the root */
  get group(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 136, this.at * 4 + 232)
  }

  /** of that one's parent, likewise; empty above the root too */
  get groupParent(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 232, this.at * 4 + 328)
  }

  /** of the parent's parent, likewise */
  get groupGrandparent(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 328, this.at * 4 + 424)
  }
}

/** Reads a `struct summary_record` in place, 24 bytes. Set `at` to its first word. */
export class SummaryRecord {
  static readonly size = 24
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  at = 0

  constructor(words: Uint32Array) {
    this.words = words
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  }

  /** enum record_kind */
  get kind(): number {
    return this.words[this.at + 0] as number
  }

  /** of the whole record; unit:By */
  get size(): number {
    return this.words[this.at + 1] as number
  }

  /** visited, listeners included; unit:{socket} */
  get sockets(): number {
    return this.words[this.at + 2] as number
  }

  /** open, owner not confirmed yet; unit:{socket} */
  get unowned(): number {
    return this.words[this.at + 3] as number
  }

  /** visited, begun and not ended; unit:{connection} */
  get connections(): number {
    return this.words[this.at + 4] as number
  }
}

/** Reads a `struct open_record` in place, 136 bytes. Set `at` to its first word. */
export class OpenRecord {
  static readonly size = 136
  /** Word offset of its `struct flow`. */
  static readonly flowWord = 2
  /** Word offset of its `struct endpoints`. */
  static readonly endpointsWord = 14
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  at = 0

  constructor(words: Uint32Array) {
    this.words = words
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  }

  /** enum record_kind */
  get kind(): number {
    return this.words[this.at + 0] as number
  }

  /** of the whole record; unit:By */
  get size(): number {
    return this.words[this.at + 1] as number
  }

  /** network order, IPv4 as ::ffff:a.b.c.d */
  get remoteAddress(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 8, this.at * 4 + 24)
  }

  /** from:task_struct.start_boottime; unit:ns */
  get processStartTime(): bigint {
    return (
      (BigInt(this.words[this.at + 7] as number) << 32n) | BigInt(this.words[this.at + 6] as number)
    )
  }

  /** from:sock.sk_cgrp_data.cgroup.kn.id */
  get cgroupId(): bigint {
    return (
      (BigInt(this.words[this.at + 9] as number) << 32n) | BigInt(this.words[this.at + 8] as number)
    )
  }

  /** from:task_struct.tgid; 0 if unknown or a kernel thread */
  get pid(): number {
    return this.words[this.at + 10] as number
  }

  /** from:net.ns.inum */
  get netns(): number {
    return this.words[this.at + 11] as number
  }

  /** remote port of a client, local port of a server, else 0 */
  get servicePort(): number {
    return (this.words[this.at + 12] as number) & 0xffff
  }

  /** IPPROTO_TCP or IPPROTO_UDP */
  get protocol(): number {
    return ((this.words[this.at + 12] as number) >>> 16) & 0xff
  }

  /** 4 or 6; 4 for IPv4-mapped */
  get ipVersion(): number {
    return ((this.words[this.at + 12] as number) >>> 24) & 0xff
  }

  /** enum role */
  get role(): number {
    return (this.words[this.at + 13] as number) & 0xff
  }

  /** 1 if local and remote address are equal */
  get isSameHost(): number {
    return ((this.words[this.at + 13] as number) >>> 8) & 0xff
  }

  /** network order, IPv4 as ::ffff:a.b.c.d */
  get localAddress(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 56, this.at * 4 + 72)
  }

  /** host order; 0 if none was ever chosen */
  get localPort(): number {
    return (this.words[this.at + 18] as number) & 0xffff
  }

  /** host order */
  get remotePort(): number {
    return ((this.words[this.at + 18] as number) >>> 16) & 0xffff
  }

  /** since it was established, else begun; or since it was adopted; unit:ns */
  get age(): number {
    return (this.words[this.at + 20] as number) + (this.words[this.at + 21] as number) * 4294967296
  }

  /** growth, as in the counters; unit:By */
  get bytesTx(): number {
    return (this.words[this.at + 22] as number) + (this.words[this.at + 23] as number) * 4294967296
  }

  /** growth, as in the counters; unit:By */
  get bytesRx(): number {
    return (this.words[this.at + 24] as number) + (this.words[this.at + 25] as number) * 4294967296
  }

  /** since it began; unit:By */
  get allBytesTx(): number {
    return (this.words[this.at + 26] as number) + (this.words[this.at + 27] as number) * 4294967296
  }

  /** since it began; unit:By */
  get allBytesRx(): number {
    return (this.words[this.at + 28] as number) + (this.words[this.at + 29] as number) * 4294967296
  }

  /** growth, as in the counters; unit:{packet} */
  get pktsTx(): number {
    return this.words[this.at + 30] as number
  }

  /** growth, as in the counters; unit:{packet} */
  get pktsRetr(): number {
    return this.words[this.at + 31] as number
  }

  /** from:tcp_sock.srtt_us / 8; 0 before a sample; unit:us */
  get srtt(): number {
    return this.words[this.at + 32] as number
  }

  /** enum tcp_state */
  get state(): number {
    return (this.words[this.at + 33] as number) & 0xff
  }

  /** 1 if it is older than the program */
  get isAdopted(): number {
    return ((this.words[this.at + 33] as number) >>> 8) & 0xff
  }
}

/** Reads a `struct response_record` in place, 168 bytes. Set `at` to its first word. */
export class ResponseRecord {
  static readonly size = 168
  /** Word offset of its `struct flow`. */
  static readonly flowWord = 2
  /** Word offset of its `struct endpoints`. */
  static readonly endpointsWord = 14
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  at = 0

  constructor(words: Uint32Array) {
    this.words = words
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  }

  /** enum record_kind */
  get kind(): number {
    return this.words[this.at + 0] as number
  }

  /** of the whole record; unit:By */
  get size(): number {
    return this.words[this.at + 1] as number
  }

  /** network order, IPv4 as ::ffff:a.b.c.d */
  get remoteAddress(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 8, this.at * 4 + 24)
  }

  /** from:task_struct.start_boottime; unit:ns */
  get processStartTime(): bigint {
    return (
      (BigInt(this.words[this.at + 7] as number) << 32n) | BigInt(this.words[this.at + 6] as number)
    )
  }

  /** from:sock.sk_cgrp_data.cgroup.kn.id */
  get cgroupId(): bigint {
    return (
      (BigInt(this.words[this.at + 9] as number) << 32n) | BigInt(this.words[this.at + 8] as number)
    )
  }

  /** from:task_struct.tgid; 0 if unknown or a kernel thread */
  get pid(): number {
    return this.words[this.at + 10] as number
  }

  /** from:net.ns.inum */
  get netns(): number {
    return this.words[this.at + 11] as number
  }

  /** remote port of a client, local port of a server, else 0 */
  get servicePort(): number {
    return (this.words[this.at + 12] as number) & 0xffff
  }

  /** IPPROTO_TCP or IPPROTO_UDP */
  get protocol(): number {
    return ((this.words[this.at + 12] as number) >>> 16) & 0xff
  }

  /** 4 or 6; 4 for IPv4-mapped */
  get ipVersion(): number {
    return ((this.words[this.at + 12] as number) >>> 24) & 0xff
  }

  /** enum role */
  get role(): number {
    return (this.words[this.at + 13] as number) & 0xff
  }

  /** 1 if local and remote address are equal */
  get isSameHost(): number {
    return ((this.words[this.at + 13] as number) >>> 8) & 0xff
  }

  /** network order, IPv4 as ::ffff:a.b.c.d */
  get localAddress(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 56, this.at * 4 + 72)
  }

  /** host order; 0 if none was ever chosen */
  get localPort(): number {
    return (this.words[this.at + 18] as number) & 0xffff
  }

  /** host order */
  get remotePort(): number {
    return ((this.words[this.at + 18] as number) >>> 16) & 0xffff
  }

  /** unit:ns */
  get durationSum(): number {
    return (this.words[this.at + 20] as number) + (this.words[this.at + 21] as number) * 4294967296
  }

  /** 0: not known yet; inverted while on the socket; unit:ns */
  get durationMin(): number {
    return (this.words[this.at + 22] as number) + (this.words[this.at + 23] as number) * 4294967296
  }

  /** 0: not known yet; unit:ns */
  get durationMax(): number {
    return (this.words[this.at + 24] as number) + (this.words[this.at + 25] as number) * 4294967296
  }

  /** 0, or (index of a bucket of seconds + 2^14) << 16 | count */
  get slots(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 104, this.at * 4 + 168)
  }
}

/** Reads a `struct answer_record` in place, 1568 bytes. Set `at` to its first word. */
export class AnswerRecord {
  static readonly size = 1568
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  at = 0

  constructor(words: Uint32Array) {
    this.words = words
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  }

  /** enum record_kind */
  get kind(): number {
    return this.words[this.at + 0] as number
  }

  /** of the whole record; unit:By */
  get size(): number {
    return this.words[this.at + 1] as number
  }

  /** from:task_struct.start_boottime; unit:ns */
  get processStartTime(): bigint {
    return (
      (BigInt(this.words[this.at + 3] as number) << 32n) | BigInt(this.words[this.at + 2] as number)
    )
  }

  /** from:task_struct.tgid */
  get pid(): number {
    return this.words[this.at + 4] as number
  }

  /** from:net.ns.inum */
  get netns(): number {
    return this.words[this.at + 5] as number
  }

  /** of the message; unit:By */
  get length(): number {
    return this.words[this.at + 6] as number
  }

  /** 1 if the message was longer */
  get isCut(): number {
    return this.words[this.at + 7] as number
  }

  /** RFC 1035 */
  get message(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 32, this.at * 4 + 1568)
  }
}

/** Reads a `struct total` in place, 208 bytes. Set `at` to its first word. */
export class Total {
  static readonly size = 208
  /** Word offset of its `struct flow`. */
  static readonly flowWord = 0
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  at = 0

  constructor(words: Uint32Array) {
    this.words = words
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  }

  /** network order, IPv4 as ::ffff:a.b.c.d */
  get remoteAddress(): Uint8Array {
    return this.bytes.subarray(this.at * 4 + 0, this.at * 4 + 16)
  }

  /** from:task_struct.start_boottime; unit:ns */
  get processStartTime(): bigint {
    return (
      (BigInt(this.words[this.at + 5] as number) << 32n) | BigInt(this.words[this.at + 4] as number)
    )
  }

  /** from:sock.sk_cgrp_data.cgroup.kn.id */
  get cgroupId(): bigint {
    return (
      (BigInt(this.words[this.at + 7] as number) << 32n) | BigInt(this.words[this.at + 6] as number)
    )
  }

  /** from:task_struct.tgid; 0 if unknown or a kernel thread */
  get pid(): number {
    return this.words[this.at + 8] as number
  }

  /** from:net.ns.inum */
  get netns(): number {
    return this.words[this.at + 9] as number
  }

  /** remote port of a client, local port of a server, else 0 */
  get servicePort(): number {
    return (this.words[this.at + 10] as number) & 0xffff
  }

  /** IPPROTO_TCP or IPPROTO_UDP */
  get protocol(): number {
    return ((this.words[this.at + 10] as number) >>> 16) & 0xff
  }

  /** 4 or 6; 4 for IPv4-mapped */
  get ipVersion(): number {
    return ((this.words[this.at + 10] as number) >>> 24) & 0xff
  }

  /** enum role */
  get role(): number {
    return (this.words[this.at + 11] as number) & 0xff
  }

  /** 1 if local and remote address are equal */
  get isSameHost(): number {
    return ((this.words[this.at + 11] as number) >>> 8) & 0xff
  }

  /** enum close_reason */
  get closeReason(): number {
    return this.words[this.at + 12] as number
  }

  /** enum failure_type */
  get failureType(): number {
    return this.words[this.at + 13] as number
  }

  /** from:tcp_sock.bytes_acked + (snd_nxt - snd_una), less SYN and FIN; unit:By */
  get bytesTx(): number {
    return (this.words[this.at + 14] as number) + (this.words[this.at + 15] as number) * 4294967296
  }

  /** from:tcp_sock.bytes_received, less the FIN; unit:By */
  get bytesRx(): number {
    return (this.words[this.at + 16] as number) + (this.words[this.at + 17] as number) * 4294967296
  }

  /** from:tcp_sock.segs_out - total_retrans; unit:{packet} */
  get pktsTx(): number {
    return this.words[this.at + 18] as number
  }

  /** from:tcp_sock.segs_in; unit:{packet} */
  get pktsRx(): number {
    return this.words[this.at + 19] as number
  }

  /** from:tcp_sock.total_retrans; unit:{packet} */
  get pktsRetr(): number {
    return this.words[this.at + 20] as number
  }

  /** from:tcp_sock.total_retrans while in SYN_SENT; unit:{packet} */
  get pktsRetrSyn(): number {
    return this.words[this.at + 21] as number
  }

  /** from:tracepoint tcp_send_reset; unit:{reset} */
  get resetsTx(): number {
    return this.words[this.at + 22] as number
  }

  /** from:tracepoint tcp_receive_reset; unit:{reset} */
  get resetsRx(): number {
    return this.words[this.at + 23] as number
  }

  /** unit:{connection} */
  get opened(): number {
    return this.words[this.at + 24] as number
  }

  /** unit:{connection} */
  get closed(): number {
    return this.words[this.at + 25] as number
  }

  /** unit:{connection} */
  get failed(): number {
    return this.words[this.at + 26] as number
  }

  /** change of the number of open connections; unit:{connection} */
  get active(): number {
    return (this.words[this.at + 27] as number) | 0
  }

  /** connects whose SYN was sent; unit:{connection} */
  get attempts(): number {
    return this.words[this.at + 28] as number
  }

  /** ended before the remote FIN: the kernel answers it; unit:{connection} */
  get handedOver(): number {
    return this.words[this.at + 29] as number
  }

  /** of resets_tx: answers to a segment, in no segs_out; unit:{reset} */
  get strayResets(): number {
    return this.words[this.at + 30] as number
  }

  /** not 0 if any of the following grew, the FINs excepted */
  get signals(): number {
    return this.words[this.at + 31] as number
  }

  /** from:tcp_sock.chrono_stat: busy and not limited; unit:us */
  get limitedNetwork(): number {
    return (this.words[this.at + 32] as number) + (this.words[this.at + 33] as number) * 4294967296
  }

  /** from:tcp_sock.chrono_stat: rwnd; unit:us */
  get limitedReceiver(): number {
    return (this.words[this.at + 34] as number) + (this.words[this.at + 35] as number) * 4294967296
  }

  /** from:tcp_sock.chrono_stat: sndbuf; unit:us */
  get limitedSender(): number {
    return (this.words[this.at + 36] as number) + (this.words[this.at + 37] as number) * 4294967296
  }

  /** of pkts_retr: in TCP_CA_Recovery; unit:{packet} */
  get retrFast(): number {
    return this.words[this.at + 38] as number
  }

  /** of pkts_retr: in TCP_CA_Loss; unit:{packet} */
  get retrTimeout(): number {
    return this.words[this.at + 39] as number
  }

  /** of pkts_retr: by the loss probe timer; unit:{packet} */
  get retrTailProbe(): number {
    return this.words[this.at + 40] as number
  }

  /** of pkts_retr: cause not seen; unit:{packet} */
  get retrOther(): number {
    return this.words[this.at + 41] as number
  }

  /** from:tcp_sock.total_rto; unit:{timeout} */
  get timeouts(): number {
    return this.words[this.at + 42] as number
  }

  /** from:tcp_sock.rcv_ooopack; unit:{packet} */
  get pktsRxOoo(): number {
    return this.words[this.at + 43] as number
  }

  /** from:tcp_sock.dsack_dups; unit:{packet} */
  get pktsSpurious(): number {
    return this.words[this.at + 44] as number
  }

  /** from:tcp_sock.delivered_ce; unit:{packet} */
  get pktsCe(): number {
    return this.words[this.at + 45] as number
  }

  /** from:tcp_sock.reord_seen; unit:{event} */
  get reorderings(): number {
    return this.words[this.at + 46] as number
  }

  /** passes that found rcv_wnd newly used up; unit:{event} */
  get windowsClosedTx(): number {
    return this.words[this.at + 47] as number
  }

  /** passes that found snd_wnd newly 0; unit:{event} */
  get windowsClosedRx(): number {
    return this.words[this.at + 48] as number
  }

  /** FINs sent, also again; unit:{packet} */
  get finsTx(): number {
    return this.words[this.at + 49] as number
  }

  /** 1 once the remote FIN was taken; unit:{packet} */
  get finsRx(): number {
    return this.words[this.at + 50] as number
  }

  /** from:sock.sk_drops of a UDP socket; unit:{packet} */
  get drops(): number {
    return this.words[this.at + 51] as number
  }
}

/** Reads a `struct rejection` in place, 24 bytes. Set `at` to its first word. */
export class Rejection {
  static readonly size = 24
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  at = 0

  constructor(words: Uint32Array) {
    this.words = words
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  }

  get netns(): number {
    return this.words[this.at + 0] as number
  }

  /** local, host order; 0 for what did not fit */
  get port(): number {
    return (this.words[this.at + 1] as number) & 0xffff
  }

  get ipVersion(): number {
    return ((this.words[this.at + 1] as number) >>> 16) & 0xff
  }

  /** SYN to a port without listener; unit:{connection} */
  get rejects(): number {
    return (this.words[this.at + 2] as number) + (this.words[this.at + 3] as number) * 4294967296
  }

  /** sent without a socket; unit:{reset} */
  get resets(): number {
    return (this.words[this.at + 4] as number) + (this.words[this.at + 5] as number) * 4294967296
  }
}
