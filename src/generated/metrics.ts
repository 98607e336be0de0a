// Made from config/metadata.yaml by tools/generate-metrics.ts. Do not edit.

export type MetricKind = 'sum' | 'up_down_counter' | 'gauge' | 'exponential_histogram'

export interface MetricDefinition<Name extends string = string> {
  readonly name: Name
  readonly description: string
  /** UCUM. */
  readonly unit: string
  /** `sum` only grows. */
  readonly kind: MetricKind
  readonly valueType: 'int' | 'double'
  /** Reported if the configuration does not say otherwise. */
  readonly enabled: boolean
  /** Those it may have; all but {@link optInAttributes} are on if the configuration does not say otherwise. */
  readonly attributes: readonly AttributeName[]
}

export const attributeNames = [
  'network.transport',
  'network.type',
  'nettracer.role',
  'server.port',
  'server.address',
  'network.peer.address',
  'nettracer.peer.scope',
  'nettracer.close.reason',
  'error.type',
  'nettracer.reject.reason',
  'network.io.direction',
  'nettracer.limit',
  'nettracer.retransmission.cause',
  'nettracer.tcp.flag',
  'otel.metric.overflow',
  'nettracer.counter',
  'otel.component.name',
  'nettracer.outcome',
  'nettracer.storage.operation',
  'nettracer.gap.reason',
  'nettracer.drop.reason',
  'nettracer.signal',
  'cpu.mode',
] as const
export type AttributeName = (typeof attributeNames)[number]

/** Off until the configuration names them. */
export const optInAttributes: readonly AttributeName[] = ['nettracer.retransmission.cause']

/** Metrics of connections and listening sockets. */
export type MetricName =
  | 'nettracer.bytes_rx'
  | 'nettracer.bytes_tx'
  | 'nettracer.session.bytes_rx'
  | 'nettracer.session.bytes_tx'
  | 'nettracer.pkts_rx'
  | 'nettracer.pkts_tx'
  | 'nettracer.pkts_retr'
  | 'nettracer.retr_percentage'
  | 'nettracer.rtt'
  | 'nettracer.rtt_variance'
  | 'nettracer.traffic'
  | 'nettracer.traffic_rx'
  | 'nettracer.traffic_tx'
  | 'nettracer.connections.active'
  | 'nettracer.connections.opened'
  | 'nettracer.connections.closed'
  | 'nettracer.connections.failed'
  | 'nettracer.rejects'
  | 'nettracer.resets'
  | 'nettracer.pkts_retr_syn'
  | 'nettracer.connect.duration'
  | 'nettracer.accept.duration'
  | 'nettracer.connection.duration'
  | 'nettracer.response.duration'
  | 'nettracer.udp.drops'
  | 'nettracer.listen.backlog'
  | 'nettracer.listen.backlog_limit'
  | 'nettracer.listen.oldest_wait'
  | 'nettracer.listen.overflows'
  | 'nettracer.listen.syn_cookies'
  | 'nettracer.listen.syn_cookies_failed'
  | 'nettracer.send.limited'
  | 'nettracer.pkts_retr_spurious'
  | 'nettracer.retr_timeouts'
  | 'nettracer.pkts_rx_ooo'
  | 'nettracer.reorderings'
  | 'nettracer.pkts_ecn_ce'
  | 'nettracer.zero_windows'
  | 'nettracer.tcp.flags'

export const metrics: { readonly [Name in MetricName]: MetricDefinition<Name> } = {
  'nettracer.bytes_rx': {
    name: 'nettracer.bytes_rx',
    description: 'Payload bytes received.',
    unit: 'By',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.bytes_tx': {
    name: 'nettracer.bytes_tx',
    description: 'Payload bytes sent.',
    unit: 'By',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.session.bytes_rx': {
    name: 'nettracer.session.bytes_rx',
    description: 'Payload bytes received by one connection in one interval.',
    unit: 'By',
    kind: 'exponential_histogram',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.session.bytes_tx': {
    name: 'nettracer.session.bytes_tx',
    description: 'Payload bytes sent by one connection in one interval.',
    unit: 'By',
    kind: 'exponential_histogram',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.pkts_rx': {
    name: 'nettracer.pkts_rx',
    description: 'Segments received.',
    unit: '{packet}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.pkts_tx': {
    name: 'nettracer.pkts_tx',
    description: 'Segments sent, without retransmissions.',
    unit: '{packet}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.pkts_retr': {
    name: 'nettracer.pkts_retr',
    description: 'Segments that TCP sent again.',
    unit: '{packet}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
      'nettracer.retransmission.cause',
    ],
  },
  'nettracer.retr_percentage': {
    name: 'nettracer.retr_percentage',
    description: 'Share of retransmissions in the segments sent.',
    unit: '%',
    kind: 'gauge',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.rtt': {
    name: 'nettracer.rtt',
    description: 'Smoothed round-trip time.',
    unit: 'ms',
    kind: 'exponential_histogram',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.rtt_variance': {
    name: 'nettracer.rtt_variance',
    description: 'Mean deviation of the round-trip time.',
    unit: 'ms',
    kind: 'exponential_histogram',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.traffic': {
    name: 'nettracer.traffic',
    description: 'Payload bits per second, both directions.',
    unit: 'bit/s',
    kind: 'gauge',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.traffic_rx': {
    name: 'nettracer.traffic_rx',
    description: 'Payload bits received per second.',
    unit: 'bit/s',
    kind: 'gauge',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.traffic_tx': {
    name: 'nettracer.traffic_tx',
    description: 'Payload bits sent per second.',
    unit: 'bit/s',
    kind: 'gauge',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.connections.active': {
    name: 'nettracer.connections.active',
    description: 'Connections open now.',
    unit: '{connection}',
    kind: 'up_down_counter',
    valueType: 'int',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.connections.opened': {
    name: 'nettracer.connections.opened',
    description: 'Connections established.',
    unit: '{connection}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.connections.closed': {
    name: 'nettracer.connections.closed',
    description: 'Connections that ended after being established.',
    unit: '{connection}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
      'nettracer.close.reason',
    ],
  },
  'nettracer.connections.failed': {
    name: 'nettracer.connections.failed',
    description: 'Connection attempts that were never established.',
    unit: '{connection}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
      'error.type',
    ],
  },
  'nettracer.rejects': {
    name: 'nettracer.rejects',
    description: 'Connection attempts that this host refused.',
    unit: '{connection}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['network.transport', 'network.type', 'server.port', 'nettracer.reject.reason'],
  },
  'nettracer.resets': {
    name: 'nettracer.resets',
    description: 'Resets sent and received.',
    unit: '{reset}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
      'network.io.direction',
    ],
  },
  'nettracer.pkts_retr_syn': {
    name: 'nettracer.pkts_retr_syn',
    description: 'SYN and SYN-ACK segments sent again.',
    unit: '{packet}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.connect.duration': {
    name: 'nettracer.connect.duration',
    description: 'Network response time: SYN to established.',
    unit: 's',
    kind: 'exponential_histogram',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.accept.duration': {
    name: 'nettracer.accept.duration',
    description: 'How long a connection waited until the process accepted it.',
    unit: 's',
    kind: 'exponential_histogram',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.connection.duration': {
    name: 'nettracer.connection.duration',
    description: 'Life of a connection, established to end.',
    unit: 's',
    kind: 'exponential_histogram',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.response.duration': {
    name: 'nettracer.response.duration',
    description: 'Time from the last byte of a request to the first byte of its response.',
    unit: 's',
    kind: 'exponential_histogram',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.udp.drops': {
    name: 'nettracer.udp.drops',
    description: 'Datagrams that a UDP socket did not get.',
    unit: '{packet}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.listen.backlog': {
    name: 'nettracer.listen.backlog',
    description: 'Connections waiting to be accepted.',
    unit: '{connection}',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: ['network.transport', 'network.type', 'server.port'],
  },
  'nettracer.listen.backlog_limit': {
    name: 'nettracer.listen.backlog_limit',
    description: 'The most connections that may wait to be accepted.',
    unit: '{connection}',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: ['network.transport', 'network.type', 'server.port'],
  },
  'nettracer.listen.oldest_wait': {
    name: 'nettracer.listen.oldest_wait',
    description: 'How long the oldest connection waits to be accepted.',
    unit: 's',
    kind: 'gauge',
    valueType: 'double',
    enabled: true,
    attributes: ['network.transport', 'network.type', 'server.port'],
  },
  'nettracer.listen.overflows': {
    name: 'nettracer.listen.overflows',
    description: 'Handshakes dropped because the queue of the listening socket was full.',
    unit: '{connection}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['network.transport', 'network.type', 'server.port'],
  },
  'nettracer.listen.syn_cookies': {
    name: 'nettracer.listen.syn_cookies',
    description: 'SYN cookies sent instead of queueing a SYN, and those that came back.',
    unit: '{packet}',
    kind: 'sum',
    valueType: 'int',
    enabled: false,
    attributes: ['network.transport', 'server.port', 'network.io.direction'],
  },
  'nettracer.listen.syn_cookies_failed': {
    name: 'nettracer.listen.syn_cookies_failed',
    description: 'Acknowledgements that came without the SYN cookie that would make them valid.',
    unit: '{packet}',
    kind: 'sum',
    valueType: 'int',
    enabled: false,
    attributes: ['network.transport', 'server.port'],
  },
  'nettracer.send.limited': {
    name: 'nettracer.send.limited',
    description: 'Time with something to send or not acknowledged, by what limited it.',
    unit: 's',
    kind: 'sum',
    valueType: 'double',
    enabled: true,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
      'nettracer.limit',
    ],
  },
  'nettracer.pkts_retr_spurious': {
    name: 'nettracer.pkts_retr_spurious',
    description: 'Segments that were sent again although they had arrived.',
    unit: '{packet}',
    kind: 'sum',
    valueType: 'int',
    enabled: false,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.retr_timeouts': {
    name: 'nettracer.retr_timeouts',
    description: 'Times that no acknowledgement came until the retransmission timer ran out.',
    unit: '{timeout}',
    kind: 'sum',
    valueType: 'int',
    enabled: false,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.pkts_rx_ooo': {
    name: 'nettracer.pkts_rx_ooo',
    description: 'Segments received before one that they follow.',
    unit: '{packet}',
    kind: 'sum',
    valueType: 'int',
    enabled: false,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.reorderings': {
    name: 'nettracer.reorderings',
    description: 'Times that the network was seen to change the order of segments sent.',
    unit: '{event}',
    kind: 'sum',
    valueType: 'int',
    enabled: false,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.pkts_ecn_ce': {
    name: 'nettracer.pkts_ecn_ce',
    description: 'Segments sent that a congested router marked instead of dropping (ECN).',
    unit: '{packet}',
    kind: 'sum',
    valueType: 'int',
    enabled: false,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
    ],
  },
  'nettracer.zero_windows': {
    name: 'nettracer.zero_windows',
    description: 'Times that a receive window was found closed.',
    unit: '{event}',
    kind: 'sum',
    valueType: 'int',
    enabled: false,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
      'network.io.direction',
    ],
  },
  'nettracer.tcp.flags': {
    name: 'nettracer.tcp.flags',
    description: 'Segments that open, close or reset connections.',
    unit: '{packet}',
    kind: 'sum',
    valueType: 'int',
    enabled: false,
    attributes: [
      'network.transport',
      'network.type',
      'nettracer.role',
      'server.port',
      'server.address',
      'network.peer.address',
      'nettracer.peer.scope',
      'nettracer.tcp.flag',
      'network.io.direction',
    ],
  },
}

/** The agent's own health. */
export type TelemetryMetricName =
  | 'nettracer.coverage'
  | 'nettracer.exporter.sent_points'
  | 'nettracer.exporter.failed_points'
  | 'nettracer.exporter.rejected_points'
  | 'nettracer.exporter.dropped_points'
  | 'nettracer.exporter.sent_log_records'
  | 'nettracer.exporter.failed_log_records'
  | 'nettracer.exporter.rejected_log_records'
  | 'nettracer.exporter.dropped_log_records'
  | 'nettracer.exporter.retries'
  | 'nettracer.exporter.queue.length'
  | 'nettracer.exporter.queue.capacity'
  | 'nettracer.exporter.queue.bytes'
  | 'nettracer.exporter.queue.stored'
  | 'nettracer.exporter.storage.errors'
  | 'nettracer.exporter.records'
  | 'nettracer.exporter.unknown_records'
  | 'nettracer.exporter.ring.full'
  | 'nettracer.exporter.ring.lost'
  | 'nettracer.exporter.responses.lost'
  | 'nettracer.exporter.sockets'
  | 'nettracer.exporter.unowned_sockets'
  | 'nettracer.exporter.ends.missed'
  | 'nettracer.exporter.close_records.made'
  | 'nettracer.exporter.close_records.left_out'
  | 'nettracer.exporter.undescribed_processes'
  | 'nettracer.exporter.programs.failed'
  | 'nettracer.exporter.programs.missed'
  | 'nettracer.exporter.netlink.namespaces'
  | 'nettracer.exporter.netlink.namespaces_left_out'
  | 'nettracer.exporter.netlink.overruns'
  | 'nettracer.exporter.netlink.failures'
  | 'nettracer.exporter.flow_table.resets'
  | 'nettracer.exporter.series.active'
  | 'nettracer.exporter.series.limit'
  | 'nettracer.exporter.series.overflowed'
  | 'nettracer.exporter.series.exchanged'
  | 'nettracer.exporter.connections.unmatched'
  | 'nettracer.exporter.collections'
  | 'nettracer.exporter.collection.gaps'
  | 'nettracer.exporter.collection.duration'
  | 'nettracer.exporter.cpu.time'
  | 'nettracer.exporter.memory.rss'
  | 'nettracer.exporter.memory.heap'
  | 'nettracer.exporter.event_loop.delay'
  | 'nettracer.exporter.config.reloads'
  | 'nettracer.exporter.uptime'

export const telemetryMetrics: { readonly [Name in TelemetryMetricName]: MetricDefinition<Name> } = {
  'nettracer.coverage': {
    name: 'nettracer.coverage',
    description: 'What this agent counted ÷ what the kernel of the host counted.',
    unit: '1',
    kind: 'gauge',
    valueType: 'double',
    enabled: true,
    attributes: ['nettracer.counter'],
  },
  'nettracer.exporter.sent_points': {
    name: 'nettracer.exporter.sent_points',
    description: 'Data points that a backend took.',
    unit: '{point}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name'],
  },
  'nettracer.exporter.failed_points': {
    name: 'nettracer.exporter.failed_points',
    description: 'Data points given up after an error.',
    unit: '{point}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name'],
  },
  'nettracer.exporter.rejected_points': {
    name: 'nettracer.exporter.rejected_points',
    description: 'Data points that a backend refused.',
    unit: '{point}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name'],
  },
  'nettracer.exporter.dropped_points': {
    name: 'nettracer.exporter.dropped_points',
    description: 'Data points dropped before any backend saw them.',
    unit: '{point}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name', 'nettracer.drop.reason'],
  },
  'nettracer.exporter.sent_log_records': {
    name: 'nettracer.exporter.sent_log_records',
    description: 'Log records that a backend took.',
    unit: '{record}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name'],
  },
  'nettracer.exporter.failed_log_records': {
    name: 'nettracer.exporter.failed_log_records',
    description: 'Log records given up after an error.',
    unit: '{record}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name'],
  },
  'nettracer.exporter.rejected_log_records': {
    name: 'nettracer.exporter.rejected_log_records',
    description: 'Log records that a backend refused.',
    unit: '{record}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name'],
  },
  'nettracer.exporter.dropped_log_records': {
    name: 'nettracer.exporter.dropped_log_records',
    description: 'Log records dropped before any backend saw them.',
    unit: '{record}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name', 'nettracer.drop.reason'],
  },
  'nettracer.exporter.retries': {
    name: 'nettracer.exporter.retries',
    description: 'Requests sent again.',
    unit: '{retry}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name', 'nettracer.signal'],
  },
  'nettracer.exporter.queue.length': {
    name: 'nettracer.exporter.queue.length',
    description: 'Requests waiting to be sent.',
    unit: '{request}',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name', 'nettracer.signal'],
  },
  'nettracer.exporter.queue.capacity': {
    name: 'nettracer.exporter.queue.capacity',
    description: 'Requests that may wait.',
    unit: '{request}',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name', 'nettracer.signal'],
  },
  'nettracer.exporter.queue.bytes': {
    name: 'nettracer.exporter.queue.bytes',
    description: 'Size of the requests waiting to be sent.',
    unit: 'By',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name', 'nettracer.signal'],
  },
  'nettracer.exporter.queue.stored': {
    name: 'nettracer.exporter.queue.stored',
    description: 'Requests on disk, where the queue has a `storage`.',
    unit: '{request}',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name', 'nettracer.signal'],
  },
  'nettracer.exporter.storage.errors': {
    name: 'nettracer.exporter.storage.errors',
    description: 'Failures of the disk that keeps a queue.',
    unit: '{error}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['otel.component.name', 'nettracer.signal', 'nettracer.storage.operation'],
  },
  'nettracer.exporter.records': {
    name: 'nettracer.exporter.records',
    description: 'Records read from the kernel.',
    unit: '{record}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.unknown_records': {
    name: 'nettracer.exporter.unknown_records',
    description: 'Records skipped because their kind or size is unknown.',
    unit: '{record}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.ring.full': {
    name: 'nettracer.exporter.ring.full',
    description: 'Records that found the ring buffer full.',
    unit: '{record}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.ring.lost': {
    name: 'nettracer.exporter.ring.lost',
    description: 'Records that are reported nowhere.',
    unit: '{record}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.responses.lost': {
    name: 'nettracer.exporter.responses.lost',
    description: 'Reports of response times that are in no metric.',
    unit: '{record}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.sockets': {
    name: 'nettracer.exporter.sockets',
    description: 'Sockets tracked at the last pass.',
    unit: '{socket}',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.unowned_sockets': {
    name: 'nettracer.exporter.unowned_sockets',
    description: 'Sockets without a known process at the last pass.',
    unit: '{socket}',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.ends.missed': {
    name: 'nettracer.exporter.ends.missed',
    description: 'Connections whose end no program saw.',
    unit: '{connection}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.close_records.made': {
    name: 'nettracer.exporter.close_records.made',
    description: 'Close records handed to the logs pipelines.',
    unit: '{record}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.close_records.left_out': {
    name: 'nettracer.exporter.close_records.left_out',
    description: 'Ends of connections of which no close record was made.',
    unit: '{record}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['nettracer.drop.reason'],
  },
  'nettracer.exporter.undescribed_processes': {
    name: 'nettracer.exporter.undescribed_processes',
    description: 'Processes of which nothing could be told at their first connection.',
    unit: '{process}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.programs.failed': {
    name: 'nettracer.exporter.programs.failed',
    description: 'BPF programs that did not load or attach.',
    unit: '{program}',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.programs.missed': {
    name: 'nettracer.exporter.programs.missed',
    description: 'Runs of BPF programs that the kernel left out.',
    unit: '{run}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.netlink.namespaces': {
    name: 'nettracer.exporter.netlink.namespaces',
    description: 'Network namespaces that the inet_diag source watches.',
    unit: '{namespace}',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.netlink.namespaces_left_out': {
    name: 'nettracer.exporter.netlink.namespaces_left_out',
    description: 'Network namespaces that the inet_diag source does not watch.',
    unit: '{namespace}',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.netlink.overruns': {
    name: 'nettracer.exporter.netlink.overruns',
    description: 'Times that the kernel had no room to tell the inet_diag source of ends.',
    unit: '{overrun}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.netlink.failures': {
    name: 'nettracer.exporter.netlink.failures',
    description: 'Reads of the inet_diag source that failed or were cut short.',
    unit: '{failure}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.flow_table.resets': {
    name: 'nettracer.exporter.flow_table.resets',
    description: 'Times the source forgot its flows.',
    unit: '{reset}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.series.active': {
    name: 'nettracer.exporter.series.active',
    description: 'Attribute sets kept apart.',
    unit: '{series}',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.series.limit': {
    name: 'nettracer.exporter.series.limit',
    description: 'The most attribute sets kept apart (series_limit).',
    unit: '{series}',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.series.overflowed': {
    name: 'nettracer.exporter.series.overflowed',
    description: 'Reports of connections that went into the overflow series.',
    unit: '{report}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.series.exchanged': {
    name: 'nettracer.exporter.series.exchanged',
    description: 'Series that gave their place to one with more bytes.',
    unit: '{series}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.connections.unmatched': {
    name: 'nettracer.exporter.connections.unmatched',
    description: 'Ends of connections whose beginning was in no series.',
    unit: '{connection}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.collections': {
    name: 'nettracer.exporter.collections',
    description: 'Collections, by what became of them.',
    unit: '{collection}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['nettracer.outcome'],
  },
  'nettracer.exporter.collection.gaps': {
    name: 'nettracer.exporter.collection.gaps',
    description: 'Intervals that were not as configured, by reason.',
    unit: '{interval}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['nettracer.gap.reason'],
  },
  'nettracer.exporter.collection.duration': {
    name: 'nettracer.exporter.collection.duration',
    description: 'How long the last collection took.',
    unit: 's',
    kind: 'gauge',
    valueType: 'double',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.cpu.time': {
    name: 'nettracer.exporter.cpu.time',
    description: 'CPU time of this agent.',
    unit: 's',
    kind: 'sum',
    valueType: 'double',
    enabled: true,
    attributes: ['cpu.mode'],
  },
  'nettracer.exporter.memory.rss': {
    name: 'nettracer.exporter.memory.rss',
    description: 'Resident memory of this agent.',
    unit: 'By',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.memory.heap': {
    name: 'nettracer.exporter.memory.heap',
    description: 'Memory of the JavaScript heap that is in use.',
    unit: 'By',
    kind: 'gauge',
    valueType: 'int',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.event_loop.delay': {
    name: 'nettracer.exporter.event_loop.delay',
    description: 'How long the event loop was held up at most, since the last reading.',
    unit: 's',
    kind: 'gauge',
    valueType: 'double',
    enabled: true,
    attributes: [],
  },
  'nettracer.exporter.config.reloads': {
    name: 'nettracer.exporter.config.reloads',
    description: 'Reloads of the configuration.',
    unit: '{reload}',
    kind: 'sum',
    valueType: 'int',
    enabled: true,
    attributes: ['nettracer.outcome'],
  },
  'nettracer.exporter.uptime': {
    name: 'nettracer.exporter.uptime',
    description: 'Time since this agent started.',
    unit: 's',
    kind: 'gauge',
    valueType: 'double',
    enabled: true,
    attributes: [],
  },
}
