import { metricName } from '../src/exporter/wire/prometheus/names.ts'
import type { Catalogue, CatalogueAttribute, CatalogueMetric } from './metric-catalogue.ts'
import { kindOf, metricAttributes, prometheusTypes } from './metric-catalogue.ts'
import { profileSection } from './profile-page.ts'

const kindWords = {
  sum: 'sum, only grows',
  up_down_counter: 'sum, grows and shrinks',
  gauge: 'gauge',
  exponential_histogram: 'exponential histogram',
} as const

const plainNames = { namespace: '', hasSuffixes: true }

const intro = `<!-- Made from config/metadata.yaml by tools/generate-metrics.ts. Do not edit. -->
# Metrics

Every data point stands under the resource of the process whose connection it is. The attributes say with whom it talks.
The name in Prometheus is that of the \`prometheus\` exporter's own endpoint, which ends each name with its unit.

Any metric can be turned off, and any of its attributes, under \`receivers: nettracer: metrics:\`. An attribute that is off is
summed over, exactly:

\`\`\`yaml
receivers:
  nettracer:
    metrics:
      nettracer.rtt_variance: { enabled: false }
      nettracer.bytes_tx: { attributes: [nettracer.role, server.port] }
\`\`\`

When a data point is there:

- Bytes, packets, retransmissions and open connections have a point from the first report of a series that had a
  connection, be it 0. Other sums have one as soon as they are not 0.
- With delta temporality a sum or histogram that did not change in the interval is not sent. Gauges and
  \`nettracer.connections.active\` always are; the latter is never delta.
- Lost exports. Totals come again with the next request; what a series did until its end is lost with the request that was its last. Deltas do
  not come again, so those that meet a full queue wait and are added up, from the first beginning to the last end: no growth is
  lost, only resolution in time, and gauges that a newer one replaced (\`nettracer.drop.reason\` \`superseded\`). What an exporter gives up
  after \`max_elapsed_time\`, or a backend refuses for good, is lost with either temporality and counted
  (\`nettracer.exporter.failed_points\`); \`max_elapsed_time: 0s\` never gives up.
- A series ends when it has no open connection and its process is gone, or when nothing happened on it for
  \`series_expiration\` (5 minutes). It is reported once more; totals then say with the next
  collection, by the flag \`NO_RECORDED_VALUE\`, that it has ended, so that Prometheus shows it no longer. It is not forgotten at once after its last
  connection: a process that connects every 30 seconds would begin a new series each time, and \`rate()\` would miss most of it.
- Beyond \`series_limit\` the series with the most bytes are kept apart. All others share one series, with the attribute
  \`otel.metric.overflow\` under the host's resource. The sum over all series is right at any limit.
- If the kernel's event buffer is full, counters arrive with the next interval and stay exact; values of single connections
  (\`session.bytes_*\`, \`rtt\`, \`rtt_variance\`, durations) of those connections are missing and counted
  (\`nettracer.exporter.ring.full\`).
`

/** The text of docs/metrics.md. */
export function metricPage(catalogue: Catalogue): string {
  return [
    intro,
    '## Connections and listening sockets\n',
    ...table(catalogue.metrics),
    '\n## Attributes\n',
    '| attribute | type | values | what |',
    '| --- | --- | --- | --- |',
    ...metricAttributes(catalogue).map(attributeRow),
    '\n### Which metric may have which\n',
    ...attributeSets(catalogue.metrics),
    profileSection(catalogue),
    '\n## The agent itself\n',
    "These stand under the agent's own resource.\n",
    ...table(catalogue.telemetry.metrics),
    '',
  ].join('\n')
}

const begin = '<!-- metrics: made by tools/generate-metrics.ts -->'
const end = '<!-- end of metrics -->'

/** README.md with its table of metrics, in short, between two marks. */
export function withMetricTable(readme: string, catalogue: Catalogue): string {
  const from = readme.indexOf(begin)
  const to = readme.indexOf(end)
  if (from < 0 || to < from) throw new Error(`README.md has no place for the metrics: ${begin}`)
  const rows = Object.entries(catalogue.metrics).map(([name, one]) => {
    return `| \`${name}\` | ${kindWords[kindOf(one)]} | ${one.unit} | ${cell(one.description)} |`
  })
  const lines = [begin, '| metric | kind | unit | what |', '| --- | --- | --- | --- |', ...rows]
  return `${readme.slice(0, from)}${lines.join('\n')}\n${readme.slice(to)}`
}

function table(metrics: Record<string, CatalogueMetric>): string[] {
  return [
    '| metric | kind | unit | Prometheus | what |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(metrics).map(metricRow),
  ]
}

function metricRow([name, one]: [string, CatalogueMetric]): string {
  const kind = kindOf(one)
  const what = [one.description, one.extended_documentation].filter(Boolean).join(' ')
  const off = one.enabled ? '' : ' Off by default.'
  const inPrometheus = metricName(name, one.unit, prometheusTypes[kind], plainNames)
  return `| \`${name}\` | ${kindWords[kind]} | ${one.unit} | \`${inPrometheus}\` | ${cell(what + off)} |`
}

export function attributeRow([name, one]: [string, CatalogueAttribute]): string {
  const values = (one.enum ?? []).map((value) => `\`${value}\``).join(', ')
  const type = one.unit === undefined ? one.type : `${one.type}, ${one.unit}`
  const off =
    one.requirement_level === 'opt_in' ? ' Off until `attributes` of a metric names it.' : ''
  return `| \`${name}\` | ${type} | ${values} | ${cell(one.description + off)} |`
}

/** Metrics with the same attributes share a line. */
function attributeSets(metrics: Record<string, CatalogueMetric>): string[] {
  const namesBySet = new Map<string, string[]>()
  for (const [name, { attributes }] of Object.entries(metrics)) {
    const set = list(attributes)
    namesBySet.set(set, [...(namesBySet.get(set) ?? []), name])
  }
  return [...namesBySet].map(([set, names]) => `- ${list(names)}: ${set}`)
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

export function cell(text: string): string {
  return text.trim().replaceAll('|', '\\|')
}
