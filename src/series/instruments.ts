import type { AttributeName, MetricName } from '../generated/metrics.ts'
import { column, failures, histogramSlot, level, reasons } from './columns.ts'
import { sideColumn } from './side-columns.ts'

/** What is reported: a connection, a listening socket, or SYNs that met neither. */
export type Subject = 'connection' | 'listener' | 'rejection'

/** How a metric is read from the numbers of a series. */
export type Reading =
  /** One counter. `isBasic`: there from the first connection on, be it 0. */
  | { readonly type: 'counter'; readonly column: number; readonly isBasic: boolean }
  | Split
  | { readonly type: 'active' }
  /** Sum of the counters × 8 ÷ length of the interval. */
  | { readonly type: 'bit_rate'; readonly columns: readonly number[] }
  | { readonly type: 'retransmitted_share' }
  | { readonly type: 'histogram'; readonly slot: number }
  /** A level of the listening sockets of the interval. */
  | { readonly type: 'listening'; readonly level: number; readonly scale?: number }

/** Counters, one point each by attributes of their own; those are one point that differ in what is off. */
export interface Split {
  readonly type: 'split'
  readonly attributes: readonly AttributeName[]
  readonly parts: readonly SplitPart[]
  /** What is read if all of these attributes are off: by default the sum of the parts. */
  readonly whole?: Extract<Reading, { type: 'counter' }>
  /** Unit of the metric in that of the columns. */
  readonly scale?: number
}

export interface SplitPart {
  readonly column: number
  /** In the order of the attributes. */
  readonly values: readonly string[]
}

export interface Instrument {
  readonly reading: Reading
  readonly subjects: readonly Subject[]
}

const ofConnections = (reading: Reading): Instrument => ({ reading, subjects: ['connection'] })
const ofListeners = (reading: Reading): Instrument => ({ reading, subjects: ['listener'] })

const basic = (at: number) => ({ type: 'counter', column: at, isBasic: true }) as const
const counter = (at: number): Reading => ({ type: 'counter', column: at, isBasic: false })
const histogram = (slot: number): Reading => ({ type: 'histogram', slot })
const bitRate = (...columns: number[]): Reading => ({ type: 'bit_rate', columns })
const split = (
  attribute: AttributeName,
  values: readonly string[],
  columns: readonly number[],
): Split => ({
  type: 'split',
  attributes: [attribute],
  parts: columns.map((at, place) => ({ column: at, values: [values[place] ?? ''] })),
})
const from = (first: number, values: readonly string[]): number[] =>
  values.map((_, at) => first + at)

/** What each metric of the catalogue reads. A new metric from a known field is a line here. */
export const instruments: Readonly<Record<MetricName, Instrument>> = {
  'nettracer.bytes_rx': ofConnections(basic(column.bytesRx)),
  'nettracer.bytes_tx': ofConnections(basic(column.bytesTx)),
  'nettracer.session.bytes_rx': ofConnections(histogram(histogramSlot.sessionBytesRx)),
  'nettracer.session.bytes_tx': ofConnections(histogram(histogramSlot.sessionBytesTx)),
  'nettracer.pkts_rx': ofConnections(basic(column.pktsRx)),
  'nettracer.pkts_tx': ofConnections(basic(column.pktsTx)),
  'nettracer.pkts_retr': ofConnections({
    ...split(
      'nettracer.retransmission.cause',
      ['syn', 'fast', 'timeout', 'tail_loss_probe', 'other'],
      [
        sideColumn.retrSyn,
        sideColumn.retrFast,
        sideColumn.retrTimeout,
        sideColumn.retrTailProbe,
        sideColumn.retrOther,
      ],
    ),
    whole: basic(column.pktsRetr),
  }),
  'nettracer.retr_percentage': ofConnections({ type: 'retransmitted_share' }),
  'nettracer.rtt': ofConnections(histogram(histogramSlot.rtt)),
  'nettracer.rtt_variance': ofConnections(histogram(histogramSlot.rttVariance)),
  'nettracer.traffic': ofConnections(bitRate(column.bytesRx, column.bytesTx)),
  'nettracer.traffic_rx': ofConnections(bitRate(column.bytesRx)),
  'nettracer.traffic_tx': ofConnections(bitRate(column.bytesTx)),
  'nettracer.connections.active': ofConnections({ type: 'active' }),
  'nettracer.connections.opened': ofConnections(counter(column.opened)),
  'nettracer.connections.closed': ofConnections(
    split('nettracer.close.reason', reasons, from(column.closed, reasons)),
  ),
  'nettracer.connections.failed': ofConnections(
    split('error.type', failures, from(column.failed, failures)),
  ),
  'nettracer.rejects': {
    reading: split(
      'nettracer.reject.reason',
      ['no_listener', 'backlog'],
      [column.rejects, column.listenOverflows],
    ),
    subjects: ['listener', 'rejection'],
  },
  'nettracer.resets': {
    reading: split(
      'network.io.direction',
      ['transmit', 'receive'],
      [column.resetsTx, column.resetsRx],
    ),
    subjects: ['connection', 'rejection'],
  },
  'nettracer.pkts_retr_syn': {
    reading: counter(column.pktsRetrSyn),
    subjects: ['connection', 'listener'],
  },
  'nettracer.connect.duration': ofConnections(histogram(histogramSlot.connectDuration)),
  'nettracer.accept.duration': ofConnections(histogram(histogramSlot.acceptDuration)),
  'nettracer.connection.duration': ofConnections(histogram(histogramSlot.duration)),
  'nettracer.response.duration': ofConnections(histogram(histogramSlot.responseDuration)),
  'nettracer.udp.drops': ofConnections(counter(column.drops)),
  'nettracer.listen.backlog': ofListeners({ type: 'listening', level: level.backlog }),
  'nettracer.listen.backlog_limit': ofListeners({ type: 'listening', level: level.backlogLimit }),
  'nettracer.listen.oldest_wait': ofListeners({
    type: 'listening',
    level: level.oldestWait,
    scale: 1e-3,
  }),
  'nettracer.listen.overflows': ofListeners(counter(column.listenOverflows)),
  'nettracer.listen.syn_cookies': ofListeners(
    split(
      'network.io.direction',
      ['transmit', 'receive'],
      [sideColumn.synCookiesTx, sideColumn.synCookiesRx],
    ),
  ),
  'nettracer.listen.syn_cookies_failed': ofListeners(counter(sideColumn.synCookiesFailed)),
  'nettracer.send.limited': ofConnections({
    ...split(
      'nettracer.limit',
      ['network', 'receiver', 'sender'],
      [sideColumn.limitedNetworkUs, sideColumn.limitedReceiverUs, sideColumn.limitedSenderUs],
    ),
    scale: 1e-6,
  }),
  'nettracer.pkts_retr_spurious': ofConnections(counter(sideColumn.pktsSpurious)),
  'nettracer.retr_timeouts': ofConnections(counter(sideColumn.timeouts)),
  'nettracer.pkts_rx_ooo': ofConnections(counter(sideColumn.pktsRxOutOfOrder)),
  'nettracer.reorderings': ofConnections(counter(sideColumn.reorderings)),
  'nettracer.pkts_ecn_ce': ofConnections(counter(sideColumn.pktsCe)),
  'nettracer.zero_windows': ofConnections(
    split(
      'network.io.direction',
      ['transmit', 'receive'],
      [sideColumn.windowsClosedTx, sideColumn.windowsClosedRx],
    ),
  ),
  'nettracer.tcp.flags': {
    reading: {
      type: 'split',
      attributes: ['nettracer.tcp.flag', 'network.io.direction'],
      parts: [
        { column: sideColumn.synTx, values: ['syn', 'transmit'] },
        { column: sideColumn.synRx, values: ['syn', 'receive'] },
        { column: sideColumn.synAckTx, values: ['syn_ack', 'transmit'] },
        { column: sideColumn.synAckRx, values: ['syn_ack', 'receive'] },
        { column: sideColumn.finTx, values: ['fin', 'transmit'] },
        { column: sideColumn.finRx, values: ['fin', 'receive'] },
        { column: column.resetsTx, values: ['rst', 'transmit'] },
        { column: column.resetsRx, values: ['rst', 'receive'] },
      ],
    },
    subjects: ['connection', 'listener', 'rejection'],
  },
}
