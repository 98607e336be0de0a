import { tallyFields } from '../documents.ts'
import type { PeerRow } from '../reading.ts'
import { defineView } from '../view.ts'
import {
  connectionColumns,
  fixed,
  name,
  rateColumns,
  retransmissionColumn,
  rttColumns,
  tallySorts,
} from './parts.ts'

const tallyOf = ({ tally }: PeerRow) => tally
const portText = ({ port }: PeerRow) => (port === 0 ? '-' : `${port}`)

const peerText = ({ service, address }: PeerRow) =>
  service === undefined ? address : `${service} ${address}`

/** One line for each other side and service port, over all processes. */
export const peerView = defineView<PeerRow>({
  by: 'peer',
  rows: ({ peers }) => peers,
  columns: (seconds) => [
    { ...name, key: 'peer', title: 'PEER', width: 20, grows: 1, text: peerText },
    { ...fixed, key: 'port', title: 'PORT', width: 5, text: portText },
    { ...name, key: 'role', title: 'ROLE', width: 7, grows: 0, text: ({ role }) => role },
    ...connectionColumns(tallyOf, seconds),
    ...rateColumns(tallyOf, seconds),
    retransmissionColumn(({ tally }) => tally.retransmissionPercent),
    ...rttColumns(tallyOf),
  ],
  sorts: new Map<string, (row: PeerRow) => number | string>([
    ...tallySorts(tallyOf),
    ['peer', peerText],
    ['port', ({ port }) => -port],
  ]),
  words: (row) => [peerText(row), portText(row), row.role],
  document: ({ role, port, address, service, tally }, seconds) => ({
    role,
    service_port: port === 0 ? null : port,
    peer_address: address,
    peer_service: service ?? null,
    ...tallyFields(tally, seconds),
  }),
})
