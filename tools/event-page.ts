import { attributesOf, type Catalogue } from './metric-catalogue.ts'
import { attributeRow } from './metric-page.ts'

const intro = `<!-- Made from config/metadata.yaml by tools/generate-metrics.ts. Do not edit. -->
# Log records

With a \`logs\` pipeline that begins at the receiver \`nettracer\`, each connection that ends, and each attempt that fails, gives one
log record: a close record. It stands under the resource of the process whose connection it was, as its metrics do. Without
such a pipeline nothing of it is made, not even in the kernel, and \`close_records\` is a warning. What each way to end looks like
at both ends is in [ends.md](ends.md).

\`\`\`yaml
receivers:
  nettracer:
    close_records: { sampling: slow, slow: { duration: 30s, connect_duration: 1s } }
processors:
  batch:
exporters:
  otlp: { endpoint: collector:4317, tls: { insecure: true } }
service:
  pipelines:
    logs: { receivers: [nettracer], processors: [batch], exporters: [otlp] }
\`\`\`

- \`sampling: errors\` keeps what ended in any other way than by the FINs of both sides. \`slow\` keeps that, and what was slow by
  one of the thresholds under \`slow\`. \`all\` is the default.
- \`rate_limit\` and \`burst\` bound the records of a second. What they leave out is told by a log record of its own, and by a metric.
- Addresses are those of the socket; \`peers\` does not group them here.
- The counters are the kernel's own of the whole life of the socket, also if it is older than the agent. They are read when the
  socket is done: an answer that the kernel gives later, without a socket, is not in them.
- If the kernel's event buffer is full, a close record is lost. Its connection is in the metrics all the same, and the loss is
  counted and told.
- With the source \`inet_diag\` some of it is not known, and absent: [sources.md](sources.md) says what.
- The trace context is empty.
`

/** The text of docs/logs.md. */
export function eventPage(catalogue: Catalogue): string {
  const sections = Object.entries(catalogue.events).flatMap(([name, one]) => [
    `\n## \`${name}\`\n`,
    [one.description, one.extended_documentation].filter(Boolean).join(' '),
    '',
    '| attribute | type | values | what |',
    '| --- | --- | --- | --- |',
    ...attributesOf(catalogue, [one]).map(attributeRow),
  ])
  return `${[intro.trimEnd(), ...sections].join('\n')}\n`
}
