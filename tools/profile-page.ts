import { metricName } from '../src/exporter/wire/prometheus/names.ts'
import type { Catalogue } from './metric-catalogue.ts'
import { profiledMetrics, prometheusTypes } from './metric-catalogue.ts'
import { type Naming, namingOf, type ProfiledMetric } from './metric-profiles.ts'

const introduction = `
## Profiles: other names for the same metrics

\`profile\` of the receiver says how metrics are named: \`nettracer\` (above), \`dynatrace\` or \`semconv\`. Series, resources and
attributes are the same in each; so is what \`metrics\` in the configuration takes, always the names above. The agent's own
telemetry keeps its names.

\`\`\`yaml
receivers:
  nettracer:
    profile: dynatrace
\`\`\`
`

const dynatrace = `
### Profile dynatrace

The metrics of Dynatrace's own NetTracer and no others. Keys, descriptions, units and aggregations are those of the table "Built-in metrics for
NetTracer" of Dynatrace's documentation (page "Extended network monitoring", as updated on 2025-10-03).

| metric | from | unit | aggregations | as OTLP |
| --- | --- | --- | --- | --- |
`

const dynatraceNotes = `
- **Temporality is always delta**: Dynatrace refuses cumulative sums and histograms. An exporter that has \`temporality_preference: cumulative\`
  written, or can take nothing but cumulative points (\`prometheus\`), is an error of the configuration.
- **Bytes and RTT are delta exponential histograms**, one value a session and interval. Of such a histogram Dynatrace takes count, sum, min
  and max, all that its aggregations need, and leaves the buckets ("About OTLP metrics ingest", updated 2025-11-04). The sum of the bytes is exact: bytes whose session is not known (a full event buffer) are one value more.
- **Packets are delta sums**: Dynatrace's "count, sending deltas". A series without packets in an interval sends none.
- \`retr_percentage\` and \`traffic*\` are gauges, calculated here with Dynatrace's formulas over each interval: summed over series, traffic is
  right; the percentage is that of one series.
- The \`console\` exporter shows 0 connections with this profile: it has no metric of them.
- Dynatrace's OTLP ingest speaks HTTP only, takes 15,000 data points and 4 MB a request, and turns each character of a metric key that is not a letter,
  digit, \`-\`, \`_\` or \`.\` into \`_\`: there the metrics are \`builtin_tech.nettracer.…\`, beside those of a OneAgent and never mixed with them.
  [examples/dynatrace](../examples/dynatrace) sends it so.
`

const semconv = `
### Profile semconv

Names of the OpenTelemetry semantic conventions (1.45.0) where those have the metric: \`system.network.io\`, \`system.network.packet.count\`,
\`system.network.connection.count\`. All others are named after their rules, those of TCP alone \`tcp.*\`. Times are in seconds, shares in 1.
\`network.connection.state\` is not set: what is open is counted, in whatever state it is. Temporality is what the exporter prefers.

| metric | from | unit | Prometheus | attributes of its own |
| --- | --- | --- | --- | --- |
`

/** The part of docs/metrics.md about profiles. */
export function profileSection(catalogue: Catalogue): string {
  const all = [...profiledMetrics(catalogue)]
  const rows = (profile: 'dynatrace' | 'semconv', cells: typeof dynatraceCells) =>
    all.flatMap(([name, one]) => {
      const naming = namingOf(one, profile)
      if (naming === undefined) return []
      const { unit } = naming
      return [`| \`${naming.name}\` | \`${name}\` | ${unit} | ${cells(one, naming).join(' | ')} |`]
    })
  return [
    introduction,
    dynatrace,
    `${rows('dynatrace', dynatraceCells).join('\n')}\n`,
    dynatraceNotes,
    semconv,
    rows('semconv', semconvCells).join('\n'),
  ].join('')
}

const otlp = {
  sum: 'delta sum',
  up_down_counter: 'sum',
  gauge: 'gauge',
  exponential_histogram: 'delta exponential histogram',
}

function dynatraceCells({ profiles, kind }: ProfiledMetric, _naming: Naming): string[] {
  return [profiles?.dynatrace?.aggregations.join(', ') ?? '', otlp[kind]]
}

function semconvCells({ kind }: ProfiledMetric, { name, unit, attributes }: Naming): string[] {
  const inPrometheus = metricName(name, unit, prometheusTypes[kind], {
    namespace: '',
    hasSuffixes: true,
  })
  const own = Object.entries(attributes).map(([key, value]) => `\`${key}\`=\`${value}\``)
  return [`\`${inPrometheus}\``, own.join(', ')]
}
