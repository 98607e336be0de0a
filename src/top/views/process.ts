import { ownerFields, tallyFields } from '../documents.ts'
import type { ProcessRow } from '../reading.ts'
import { defineView } from '../view.ts'
import {
  bareService,
  connectionColumns,
  fixed,
  name,
  ownerWords,
  pidText,
  placeText,
  rateColumns,
  retransmissionColumn,
  rttColumns,
  tallySorts,
} from './parts.ts'

const tallyOf = ({ tally }: ProcessRow) => tally

/** One line for each process. */
export const processView = defineView<ProcessRow>({
  by: 'process',
  rows: ({ processes }) => processes,
  columns: (seconds) => [
    {
      ...name,
      key: 'name',
      title: 'SERVICE',
      width: 14,
      grows: 3,
      text: ({ owner }) => owner.service,
      shorter: ({ owner }) => bareService(owner),
    },
    {
      ...name,
      key: 'executable',
      title: 'EXECUTABLE',
      width: 15,
      grows: 1,
      from: 110,
      text: ({ owner }) => owner.executable || '-',
    },
    { ...fixed, key: 'pid', title: 'PID', width: 7, text: ({ owner }) => pidText(owner) },
    {
      ...name,
      key: 'in',
      title: 'WHERE',
      width: 12,
      grows: 1,
      text: ({ owner }) => placeText(owner),
      tone: () => 'dim',
    },
    ...connectionColumns(tallyOf, seconds),
    ...rateColumns(tallyOf, seconds),
    retransmissionColumn(({ tally }) => tally.retransmissionPercent),
    ...rttColumns(tallyOf),
  ],
  sorts: new Map<string, (row: ProcessRow) => number | string>([
    ...tallySorts(tallyOf),
    ['name', ({ owner }) => owner.service],
    ['pid', ({ owner }) => -owner.pid],
  ]),
  words: ({ owner }) => ownerWords(owner),
  document: ({ owner, tally }, seconds) => ({
    ...ownerFields(owner),
    ...tallyFields(tally, seconds),
  }),
})
