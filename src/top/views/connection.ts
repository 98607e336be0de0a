import type { OpenConnection } from '../../connection/open-connection.ts'
import { shortTime } from '../../terminal/human.ts'
import { millisecondsOf, ownerFields, rounded, trafficFields } from '../documents.ts'
import type { ConnectionRow } from '../reading.ts'
import { retransmissionPercent } from '../tally.ts'
import { defineView } from '../view.ts'
import {
  endpoint,
  fixed,
  name,
  ownerWords,
  pidColumn,
  rateColumns,
  retransmissionColumn,
  serviceColumn,
} from './parts.ts'

const local = ({ connection: { localAddress, localPort } }: ConnectionRow) =>
  endpoint(localAddress, localPort)
const remote = ({ connection: { flow, remotePort } }: ConnectionRow) =>
  endpoint(flow.remoteAddress, remotePort)
const rttMs = ({ connection: { srttUs } }: ConnectionRow) =>
  srttUs < 0 ? Number.NaN : srttUs / 1000

/** One letter each; `ss` has the words. */
const letters = {
  established: 'E',
  'syn-sent': 'S',
  'syn-recv': 'R',
  'fin-wait-1': 'F',
  'fin-wait-2': 'F',
  'time-wait': 'T',
  closed: '-',
  'close-wait': 'W',
  'last-ack': 'L',
  listening: '-',
  closing: 'C',
  unknown: '-',
} as const

/** `>` where it is the least that it can be. */
function ageText({ ageNs, isAdopted }: OpenConnection): string {
  const seconds = ageNs / 1e9
  const [value, unit] =
    seconds < 100
      ? [seconds, 's']
      : seconds < 6000
        ? [seconds / 60, 'm']
        : seconds < 360_000
          ? [seconds / 3600, 'h']
          : [seconds / 86_400, 'd']
  return `${isAdopted ? '>' : ''}${Math.floor(value)}${unit}`
}

const shareOf = ({ connection }: ConnectionRow) => retransmissionPercent(connection)

/** One line for each connection that is open. */
export const connectionView = defineView<ConnectionRow>({
  by: 'connection',
  rows: ({ connections }) => connections,
  columns: (seconds) => [
    { ...name, key: 'local', title: 'LOCAL', width: 18, grows: 3, text: local },
    { ...name, key: 'remote', title: 'REMOTE', width: 18, grows: 3, text: remote },
    serviceColumn(11, 2),
    {
      ...name,
      key: 'peer',
      title: 'PEER',
      width: 12,
      grows: 2,
      from: 130,
      text: ({ peerService }) => peerService ?? '-',
    },
    pidColumn(100),
    {
      ...name,
      key: 'state',
      title: 'S',
      width: 1,
      grows: 0,
      text: ({ connection }) => letters[connection.state],
    },
    {
      ...name,
      key: 'state',
      title: 'STATE',
      width: 11,
      grows: 0,
      from: 110,
      text: ({ connection }) => connection.state,
    },
    { ...fixed, key: 'age', title: 'AGE', width: 4, text: ({ connection }) => ageText(connection) },
    ...rateColumns(({ connection }: ConnectionRow) => connection, seconds),
    { ...fixed, key: 'rtt', title: 'RTT', width: 5, text: (row) => shortTime(rttMs(row)) },
    retransmissionColumn(shareOf),
  ],
  sorts: new Map<string, (row: ConnectionRow) => number | string>([
    ['traffic', ({ connection }) => connection.bytesTx + connection.bytesRx],
    ['rx', ({ connection }) => connection.bytesRx],
    ['tx', ({ connection }) => connection.bytesTx],
    ['rtt', rttMs],
    ['rtx', shareOf],
    ['age', ({ connection }) => connection.ageNs],
    ['name', ({ owner }) => owner.service],
    ['local', local],
    ['remote', remote],
    ['peer', ({ peerService = '' }) => peerService],
  ]),
  words: (row) => [
    local(row),
    remote(row),
    row.peerService ?? '',
    row.connection.state,
    ...ownerWords(row.owner),
  ],
  document: (row, seconds) => {
    const { owner, connection, peerService } = row
    return {
      ...ownerFields(owner),
      role: connection.flow.role,
      local_address: connection.localAddress,
      local_port: connection.localPort,
      remote_address: connection.flow.remoteAddress,
      remote_port: connection.remotePort,
      peer_service: peerService ?? null,
      netns: connection.flow.netns,
      state: connection.state,
      age_seconds: rounded(connection.ageNs / 1e9),
      is_older: connection.isAdopted,
      ...trafficFields(connection, seconds),
      rx_bytes_since_begin: connection.allBytesRx,
      tx_bytes_since_begin: connection.allBytesTx,
      rtt_ms: millisecondsOf(rttMs(row)),
    }
  },
})
