import { ownerFields, tallyFields } from '../documents.ts'
import type { ProcessRow } from '../reading.ts'
import { defineView } from '../view.ts'
import {
  connectionColumns,
  name,
  ownerWords,
  pidColumn,
  placeColumn,
  rateColumns,
  retransmissionColumn,
  rttColumns,
  serviceColumn,
  tallySorts,
} from './parts.ts'

const tallyOf = ({ tally }: ProcessRow) => tally

/** One line for each process. */
export const processView = defineView<ProcessRow>({
  by: 'process',
  rows: ({ processes }) => processes,
  columns: (seconds) => [
    serviceColumn(14, 3),
    {
      ...name,
      key: 'executable',
      title: 'EXECUTABLE',
      width: 15,
      grows: 1,
      from: 110,
      text: ({ owner }) => owner.executable || '-',
    },
    pidColumn(),
    placeColumn(12),
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
