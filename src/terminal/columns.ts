import type { Paint, Tone } from './style.ts'
import { displayWidth, fit } from './width.ts'

/** A column of a table of `Row`s. */
export interface Column<Row> {
  /** Of two with one key, the later stands for the earlier where both would be shown. */
  readonly key: string
  readonly title: string
  /** Cells; the least for one that grows. */
  readonly width: number
  /** Share of the cells that are left over; 0 for a fixed width. */
  readonly grows: number
  /** Text stands left and loses its middle where it does not fit; numbers stand right. */
  readonly isText: boolean
  /** Shown from this terminal width on. */
  readonly from: number
  readonly text: (row: Row) => string
  /** Instead of `text` where that does not fit. */
  readonly shorter?: (row: Row) => string
  readonly tone?: (row: Row) => Tone | undefined
}

/** The columns that a terminal has room for, with the widths that fill it. */
export function fitColumns<Shown extends Column<never>>(
  columns: readonly Shown[],
  cells: number,
): Shown[] {
  const wanted = columns.filter(({ from }) => from <= cells)
  const fitting = wanted.filter(({ key }, at) => wanted[at + 1]?.key !== key)
  let left = cells - fitting.length + 1
  let shares = 0
  for (const { width, grows } of fitting) {
    left -= width
    shares += grows
  }
  return fitting.map((column) => {
    if (column.grows === 0 || left <= 0) return column
    const more = Math.round((left * column.grows) / shares)
    left -= more
    shares -= column.grows
    return { ...column, width: column.width + more }
  })
}

/** Each title over its column, one space between two. */
export function titleTexts<Row>(columns: readonly Column<Row>[]): string[] {
  return columns.map(({ title, width, isText }) =>
    isText ? title.padEnd(width) : title.padStart(width),
  )
}

/** One line of the table. Foreign text in it is escaped. */
export function rowText<Row>(row: Row, columns: readonly Column<Row>[], paint: Paint): string {
  const cells = columns.map(({ text, shorter, width, isText, tone }) => {
    const whole = text(row)
    const isLong = shorter !== undefined && displayWidth(whole) > width
    const value = isLong ? shorter(row) : whole
    const cell = isText ? fit(value, width) : value.padStart(width)
    const color = tone?.(row)
    return color === undefined ? cell : paint(color, cell)
  })
  return cells.join(' ')
}
