import { shortCount } from '../../terminal/human.ts'
import { ownerFields } from '../documents.ts'
import type { ListenerRow } from '../reading.ts'
import { defineView } from '../view.ts'
import {
  countColumn,
  endpoint,
  fixed,
  name,
  ownerWords,
  pidColumn,
  placeColumn,
  serviceColumn,
} from './parts.ts'

const address = ({ address: text, port }: ListenerRow) => endpoint(text, port)

/** How much of the queue is taken, in per cent. */
const fill = ({ backlog, backlogLimit }: ListenerRow) =>
  backlogLimit === 0 ? 0 : (backlog / backlogLimit) * 100

/** One line for each address and port that is listened on. */
export const listenerView = defineView<ListenerRow>({
  by: 'listener',
  rows: ({ listeners }) => listeners,
  columns: () => [
    { ...name, key: 'address', title: 'ADDRESS', width: 21, grows: 2, text: address },
    serviceColumn(11, 2),
    pidColumn(),
    placeColumn(14, 100),
    countColumn('open', 'OPEN', ({ open }) => open),
    {
      ...fixed,
      key: 'backlog',
      title: 'BACKLOG',
      width: 7,
      text: ({ backlog }) => shortCount(backlog),
      tone(row) {
        if (fill(row) >= 100) return 'red'
        return row.backlog > 0 ? 'yellow' : 'dim'
      },
    },
    {
      ...fixed,
      key: 'limit',
      title: 'LIMIT',
      width: 5,
      text: (row) => shortCount(row.backlogLimit),
    },
    {
      ...countColumn<ListenerRow>('overflows', 'OVERFLOWS', ({ overflows }) => overflows),
      tone: ({ overflows }) => (overflows > 0 ? 'red' : 'dim'),
    },
    countColumn('sockets', 'SOCKETS', ({ sockets }) => sockets),
  ],
  sorts: new Map<string, (row: ListenerRow) => number | string>([
    ['open', ({ open }) => open],
    ['backlog', ({ backlog }) => backlog],
    ['overflows', ({ overflows }) => overflows],
    ['name', ({ owner }) => owner.service],
    ['address', address],
    ['port', ({ port }) => -port],
  ]),
  words: (row) => [address(row), ...ownerWords(row.owner)],
  document: ({ owner, ...row }) => ({
    ...ownerFields(owner),
    local_address: row.address,
    local_port: row.port,
    netns: row.netns,
    sockets: row.sockets,
    connections_open: row.open,
    backlog: row.backlog,
    backlog_limit: row.backlogLimit,
    overflows: row.overflows,
  }),
})
