import { type Budget, isWithin, type Measurement } from './measurement.ts'

/** Three significant digits, whole numbers whole. */
export function formatValue(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US')
  return value.toLocaleString('en-US', { maximumSignificantDigits: Math.abs(value) < 100 ? 3 : 6 })
}

export function formatBudget(budget: Budget | undefined): string {
  if (!budget) return ''
  if ('atMost' in budget) return `≤ ${formatValue(budget.atMost)}`
  if ('atLeast' in budget) return `≥ ${formatValue(budget.atLeast)}`
  return `= ${formatValue(budget.exactly)}`
}

export function formatVerdict(measurement: Measurement): string {
  if (!measurement.budget) return ''
  return isWithin(measurement) ? 'ok' : 'BROKEN'
}

/** Columns as wide as their widest cell, for a terminal. */
export function formatTable(measurements: readonly Measurement[]): string {
  const rows = measurements.map((measurement) => [
    measurement.what,
    `${formatValue(measurement.value)} ${measurement.unit}`,
    formatBudget(measurement.budget),
    formatVerdict(measurement),
  ])
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
