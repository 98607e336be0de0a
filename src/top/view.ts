import { type Column, fitColumns, rowText, titleTexts } from '../terminal/columns.ts'
import type { Paint } from '../terminal/style.ts'
import type { Grouping, Reading } from './reading.ts'

/** Larger first for numbers, A to Z for text; reversed the other way round. */
export interface Sort {
  readonly key: string
  readonly isReversed: boolean
}

/** Which rows, in which order. */
export interface Choice {
  readonly sort: Sort
  /** Rows have it in one of their texts; empty for all. */
  readonly filter: string
}

/** What a kind of row is: makes a {@link View}. */
export interface ViewDefinition<Row> {
  readonly by: Grouping
  readonly rows: (reading: Reading) => readonly Row[]
  readonly columns: (seconds: number) => readonly Column<Row>[]
  /** By what rows are sorted; the first is the default. */
  readonly sorts: ReadonlyMap<string, (row: Row) => number | string>
  /** What a filter looks at. */
  readonly words: (row: Row) => readonly string[]
  readonly document: (row: Row, seconds: number) => object
}

/** The rows that a choice leaves, in its order. */
export interface Chosen {
  readonly count: number
  /** Titles of the table at a width; that of the column that sorts it stands out. */
  titles(cells: number, paint: Paint): string
  /** Lines of the table, from one row to before another. */
  lines(from: number, to: number, cells: number, paint: Paint): string[]
  documents(): object[]
}

/** One kind of table; what its rows are is not seen from outside. */
export interface View {
  readonly by: Grouping
  readonly sortKeys: readonly string[]
  choose(reading: Reading, choice: Choice): Chosen
}

/** On a narrower terminal lines are cut. */
const minCells = 80

export function defineView<Row>(definition: ViewDefinition<Row>): View {
  return {
    by: definition.by,
    sortKeys: [...definition.sorts.keys()],
    choose(reading, { sort, filter }) {
      const { seconds } = reading
      const wanted = filter.toLowerCase()
      const kept = definition.rows(reading).filter((row) => hasText(definition.words(row), wanted))
      const valueOf = definition.sorts.get(sort.key)
      const rows = valueOf === undefined ? kept : sorted(kept, valueOf, sort.isReversed)
      const columns = definition.columns(seconds)
      const fitted = (cells: number) => fitColumns(columns, Math.max(minCells, cells))
      return {
        count: rows.length,
        titles(cells, paint) {
          const shown = fitted(cells)
          const tone = (at: number) => (shown[at]?.key === sort.key ? 'bold' : 'cyan')
          return titleTexts(shown)
            .map((title, at) => paint(tone(at), title))
            .join(' ')
        },
        lines(from, to, cells, paint) {
          const shown = fitted(cells)
          return rows.slice(from, to).map((row) => rowText(row, shown, paint))
        },
        documents: () => rows.map((row) => definition.document(row, seconds)),
      }
    },
  }
}

function hasText(words: readonly string[], wanted: string): boolean {
  return wanted === '' || words.some((word) => word.toLowerCase().includes(wanted))
}

/** What is not known comes last in both directions. Equals stay as they come. */
function sorted<Row>(
  rows: readonly Row[],
  valueOf: (row: Row) => number | string,
  isReversed: boolean,
): Row[] {
  const turn = isReversed ? -1 : 1
  return rows
    .map((row) => ({ row, value: valueOf(row) }))
    .toSorted((one, other) => compare(one.value, other.value, turn))
    .map(({ row }) => row)
}

function compare(one: number | string, other: number | string, turn: number): number {
  if (typeof one === 'string' || typeof other === 'string') {
    return turn * String(one).localeCompare(String(other), 'en')
  }
  if (Number.isNaN(one) || Number.isNaN(other))
    return Number(Number.isNaN(one)) - Number(Number.isNaN(other))
  return turn * (other - one)
}
