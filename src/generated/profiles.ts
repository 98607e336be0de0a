// Made from config/metadata.yaml by tools/generate-metrics.ts. Do not edit.
import type { AttributeName, MetricName } from './metrics.ts'

/** What a metric is called in a profile. */
export interface MetricNaming {
  readonly name: string
  readonly unit: string
  readonly description: string
  /** Each value is multiplied by it. */
  readonly scale: number
  /** Of all its points. */
  readonly attributes: Readonly<Partial<Record<AttributeName, string>>>
  /** A counter that its sum is always equal to. */
  readonly sumOf?: MetricName
}

/** Profiles with names other than the catalogue has. */
export type OtherProfile = 'dynatrace' | 'semconv'

/** What is absent is not reported in that profile. */
export const profiles: {
  readonly [Profile in OtherProfile]: { readonly [Name in MetricName]?: MetricNaming }
} = {
  dynatrace: {
    'nettracer.session.bytes_rx': {
      name: 'builtin:tech.nettracer.bytes_rx',
      unit: 'Byte',
      description: 'Number of bytes received',
      scale: 1,
      attributes: {},
      sumOf: 'nettracer.bytes_rx',
    },
    'nettracer.session.bytes_tx': {
      name: 'builtin:tech.nettracer.bytes_tx',
      unit: 'Byte',
      description: 'Number of bytes transmitted',
      scale: 1,
      attributes: {},
      sumOf: 'nettracer.bytes_tx',
    },
    'nettracer.pkts_rx': {
      name: 'builtin:tech.nettracer.pkts_rx',
      unit: 'Count',
      description: 'Number of packets received',
      scale: 1,
      attributes: {},
    },
    'nettracer.pkts_tx': {
      name: 'builtin:tech.nettracer.pkts_tx',
      unit: 'Count',
      description: 'Number of packets transmitted',
      scale: 1,
      attributes: {},
    },
    'nettracer.pkts_retr': {
      name: 'builtin:tech.nettracer.pkts_retr',
      unit: 'Count',
      description: 'Number of retransmitted packets',
      scale: 1,
      attributes: {},
    },
    'nettracer.retr_percentage': {
      name: 'builtin:tech.nettracer.retr_percentage',
      unit: 'Percent',
      description: 'Percentage of retransmitted packets',
      scale: 1,
      attributes: {},
    },
    'nettracer.rtt': {
      name: 'builtin:tech.nettracer.rtt',
      unit: 'Millisecond',
      description: 'Round trip time in milliseconds. Aggregates data from active sessions',
      scale: 1,
      attributes: {},
    },
    'nettracer.traffic': {
      name: 'builtin:tech.nettracer.traffic',
      unit: 'bit/s',
      description: 'Summary of incoming and outgoing network traffic in bits per second',
      scale: 1,
      attributes: {},
    },
    'nettracer.traffic_rx': {
      name: 'builtin:tech.nettracer.traffic_rx',
      unit: 'bit/s',
      description: 'Incoming network traffic in bits per second',
      scale: 1,
      attributes: {},
    },
    'nettracer.traffic_tx': {
      name: 'builtin:tech.nettracer.traffic_tx',
      unit: 'bit/s',
      description: 'Outgoing network traffic in bits per second',
      scale: 1,
      attributes: {},
    },
  },
  semconv: {
    'nettracer.bytes_rx': {
      name: 'system.network.io',
      unit: 'By',
      description: 'Payload bytes transmitted and received.',
      scale: 1,
      attributes: { 'network.io.direction': 'receive' },
    },
    'nettracer.bytes_tx': {
      name: 'system.network.io',
      unit: 'By',
      description: 'Payload bytes transmitted and received.',
      scale: 1,
      attributes: { 'network.io.direction': 'transmit' },
    },
    'nettracer.session.bytes_rx': {
      name: 'system.network.connection.io',
      unit: 'By',
      description: 'Payload bytes of one connection in one interval.',
      scale: 1,
      attributes: { 'network.io.direction': 'receive' },
    },
    'nettracer.session.bytes_tx': {
      name: 'system.network.connection.io',
      unit: 'By',
      description: 'Payload bytes of one connection in one interval.',
      scale: 1,
      attributes: { 'network.io.direction': 'transmit' },
    },
    'nettracer.pkts_rx': {
      name: 'system.network.packet.count',
      unit: '{packet}',
      description: 'Segments transmitted and received, without retransmissions.',
      scale: 1,
      attributes: { 'network.io.direction': 'receive' },
    },
    'nettracer.pkts_tx': {
      name: 'system.network.packet.count',
      unit: '{packet}',
      description: 'Segments transmitted and received, without retransmissions.',
      scale: 1,
      attributes: { 'network.io.direction': 'transmit' },
    },
    'nettracer.pkts_retr': {
      name: 'tcp.packet.retransmitted',
      unit: '{packet}',
      description: 'Segments that TCP sent again.',
      scale: 1,
      attributes: {},
    },
    'nettracer.retr_percentage': {
      name: 'tcp.packet.retransmission_ratio',
      unit: '1',
      description: 'Share of retransmissions in the segments sent.',
      scale: 0.01,
      attributes: {},
    },
    'nettracer.rtt': {
      name: 'tcp.rtt',
      unit: 's',
      description: 'Smoothed round-trip time.',
      scale: 0.001,
      attributes: {},
    },
    'nettracer.rtt_variance': {
      name: 'tcp.rtt_variance',
      unit: 's',
      description: 'Mean deviation of the round-trip time.',
      scale: 0.001,
      attributes: {},
    },
    'nettracer.traffic': {
      name: 'system.network.throughput_total',
      unit: 'bit/s',
      description: 'Payload bits per second, both directions.',
      scale: 1,
      attributes: {},
    },
    'nettracer.traffic_rx': {
      name: 'system.network.throughput',
      unit: 'bit/s',
      description: 'Payload bits per second.',
      scale: 1,
      attributes: { 'network.io.direction': 'receive' },
    },
    'nettracer.traffic_tx': {
      name: 'system.network.throughput',
      unit: 'bit/s',
      description: 'Payload bits per second.',
      scale: 1,
      attributes: { 'network.io.direction': 'transmit' },
    },
    'nettracer.connections.active': {
      name: 'system.network.connection.count',
      unit: '{connection}',
      description: 'Connections open now.',
      scale: 1,
      attributes: {},
    },
    'nettracer.connections.opened': {
      name: 'tcp.connection.opened',
      unit: '{connection}',
      description: 'Connections established.',
      scale: 1,
      attributes: {},
    },
    'nettracer.connections.closed': {
      name: 'tcp.connection.closed',
      unit: '{connection}',
      description: 'Connections that ended after being established.',
      scale: 1,
      attributes: {},
    },
    'nettracer.connections.failed': {
      name: 'tcp.connection.failed',
      unit: '{connection}',
      description: 'Connection attempts that were never established.',
      scale: 1,
      attributes: {},
    },
    'nettracer.rejects': {
      name: 'tcp.connection.rejected',
      unit: '{connection}',
      description: 'Connection attempts that this host refused.',
      scale: 1,
      attributes: {},
    },
    'nettracer.resets': {
      name: 'tcp.reset.count',
      unit: '{reset}',
      description: 'Resets sent and received.',
      scale: 1,
      attributes: {},
    },
    'nettracer.pkts_retr_syn': {
      name: 'tcp.packet.retransmitted_syn',
      unit: '{packet}',
      description: 'SYN and SYN-ACK segments sent again.',
      scale: 1,
      attributes: {},
    },
    'nettracer.connect.duration': {
      name: 'tcp.connect.duration',
      unit: 's',
      description: 'Network response time: SYN to established.',
      scale: 1,
      attributes: {},
    },
    'nettracer.accept.duration': {
      name: 'tcp.accept.duration',
      unit: 's',
      description: 'How long a connection waited until the process accepted it.',
      scale: 1,
      attributes: {},
    },
    'nettracer.connection.duration': {
      name: 'tcp.connection.duration',
      unit: 's',
      description: 'Life of a connection, established to end.',
      scale: 1,
      attributes: {},
    },
    'nettracer.response.duration': {
      name: 'tcp.response.duration',
      unit: 's',
      description: 'Time from the last byte of a request to the first byte of its response.',
      scale: 1,
      attributes: {},
    },
    'nettracer.udp.drops': {
      name: 'udp.drops',
      unit: '{packet}',
      description: 'Datagrams that a UDP socket did not get.',
      scale: 1,
      attributes: {},
    },
    'nettracer.listen.backlog': {
      name: 'tcp.listen.backlog',
      unit: '{connection}',
      description: 'Connections waiting to be accepted.',
      scale: 1,
      attributes: {},
    },
    'nettracer.listen.backlog_limit': {
      name: 'tcp.listen.backlog_limit',
      unit: '{connection}',
      description: 'The most connections that may wait to be accepted.',
      scale: 1,
      attributes: {},
    },
    'nettracer.listen.oldest_wait': {
      name: 'tcp.listen.oldest_wait',
      unit: 's',
      description: 'How long the oldest connection waits to be accepted.',
      scale: 1,
      attributes: {},
    },
    'nettracer.listen.overflows': {
      name: 'tcp.listen.overflows',
      unit: '{connection}',
      description: 'Handshakes dropped because the queue of the listening socket was full.',
      scale: 1,
      attributes: {},
    },
    'nettracer.listen.syn_cookies': {
      name: 'tcp.listen.syn_cookies',
      unit: '{packet}',
      description: 'SYN cookies sent instead of queueing a SYN, and those that came back.',
      scale: 1,
      attributes: {},
    },
    'nettracer.listen.syn_cookies_failed': {
      name: 'tcp.listen.syn_cookies_failed',
      unit: '{packet}',
      description: 'Acknowledgements that came without the SYN cookie that would make them valid.',
      scale: 1,
      attributes: {},
    },
    'nettracer.send.limited': {
      name: 'tcp.send.limited',
      unit: 's',
      description: 'Time with something to send or not acknowledged, by what limited it.',
      scale: 1,
      attributes: {},
    },
    'nettracer.pkts_retr_spurious': {
      name: 'tcp.packet.retransmitted_spurious',
      unit: '{packet}',
      description: 'Segments that were sent again although they had arrived.',
      scale: 1,
      attributes: {},
    },
    'nettracer.retr_timeouts': {
      name: 'tcp.retransmission.timeouts',
      unit: '{timeout}',
      description: 'Times that no acknowledgement came until the retransmission timer ran out.',
      scale: 1,
      attributes: {},
    },
    'nettracer.pkts_rx_ooo': {
      name: 'tcp.packet.received_out_of_order',
      unit: '{packet}',
      description: 'Segments received before one that they follow.',
      scale: 1,
      attributes: {},
    },
    'nettracer.reorderings': {
      name: 'tcp.reorderings',
      unit: '{event}',
      description: 'Times that the network was seen to change the order of segments sent.',
      scale: 1,
      attributes: {},
    },
    'nettracer.pkts_ecn_ce': {
      name: 'tcp.packet.ecn_ce',
      unit: '{packet}',
      description: 'Segments sent that a congested router marked instead of dropping (ECN).',
      scale: 1,
      attributes: {},
    },
    'nettracer.zero_windows': {
      name: 'tcp.zero_windows',
      unit: '{event}',
      description: 'Times that a receive window was found closed.',
      scale: 1,
      attributes: {},
    },
    'nettracer.tcp.flags': {
      name: 'tcp.flags',
      unit: '{packet}',
      description: 'Segments that open, close or reset connections.',
      scale: 1,
      attributes: {},
    },
  },
}
