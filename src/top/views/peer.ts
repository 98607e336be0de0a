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

/** One line for each other side and service port, over all processes. */
export const peerView = defineView<PeerRow>({
  by: 'peer',
  rows: ({ peers }) => peers,
  columns: (seconds) => [
    { ...name, key: 'peer', title: 'PEER', width: 20, grows: 1, text: ({ address }) => address },
    { ...fixed, key: 'port', title: 'PORT', width: 5, text: portText },
    { ...name, key: 'role', title: 'ROLE', width: 7, grows: 0, text: ({ role }) => role },
    ...connectionColumns(tallyOf, seconds),
    ...rateColumns(tallyOf, seconds),
    retransmissionColumn(({ tally }) => tally.retransmissionPercent),
    ...rttColumns(tallyOf),
  ],
  sorts: new Map<string, (row: PeerRow) => number | string>([
    ...tallySorts(tallyOf),
    ['peer', ({ address }) => address],
    ['port', ({ port }) => -port],
  ]),
  words: (row) => [row.address, portText(row), row.role],
  document: ({ role, port, address, tally }, seconds) => ({
    role,
    service_port: port === 0 ? null : port,
    peer_address: address,
    ...tallyFields(tally, seconds),
  }),
})
