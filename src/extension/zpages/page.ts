import type { Reading, Status } from './status.ts'

const style =
  'body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #ccc;padding:2px 8px;text-align:left;vertical-align:top}td.n{text-align:right}'

/** The status page as HTML. All that stands in it is escaped. */
export function pageOf(status: Status): string {
  const { version, started, phase, extensions, pipelines, problems, metrics, log } = status
  const parts = [
    `<h1>otel-nettracer ${escape(version)}</h1>`,
    `<p>${escape(phase)}, started ${escape(started)}. <a href="/debug/status.json">JSON</a></p>`,
    '<h2>Problems</h2>',
    problems.length === 0
      ? '<p>none</p>'
      : tableOf(['since', 'component', 'what', 'reason'], problems),
    '<h2>Pipelines</h2>',
    tableOf(
      ['pipeline', 'receivers', 'processors', 'exporters'],
      Object.entries(pipelines).map(([pipeline, of]) => ({
        pipeline,
        receivers: of.receivers.join(', '),
        processors: of.processors.join(', '),
        exporters: of.exporters.join(', '),
      })),
    ),
    `<p>extensions: ${escape(extensions.join(', ') || 'none')}</p>`,
    '<h2>Last warnings and errors</h2>',
    log.length === 0
      ? '<p>none</p>'
      : tableOf(['time', 'level', 'component', 'message', 'fields'], log),
    '<h2>Own metrics</h2>',
    tableOf(['metric', 'attributes', 'value'], metrics.map(rowOf)),
  ]
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>otel-nettracer</title><style>${style}</style></head><body>${parts.join('\n')}</body></html>\n`
}

function rowOf({ name, attributes, value }: Reading): Record<string, unknown> {
  return { metric: name, attributes: wordsOf(attributes), value }
}

function tableOf(columns: readonly string[], rows: readonly Record<string, unknown>[]): string {
  const head = columns.map((column) => `<th>${escape(column)}</th>`).join('')
  const body = rows.map(
    (row) => `<tr>${columns.map((column) => cellOf(row[column])).join('')}</tr>`,
  )
  return `<table><tr>${head}</tr>${body.join('\n')}</table>`
}

function cellOf(value: unknown): string {
  if (typeof value === 'number') return `<td class="n">${value}</td>`
  if (typeof value === 'object' && value !== null) return `<td>${escape(wordsOf(value))}</td>`
  return `<td>${typeof value === 'string' ? escape(value) : ''}</td>`
}

function wordsOf(map: object): string {
  return Object.entries(map)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(' ')
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`)
}
