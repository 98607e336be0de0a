/**
 * Makes src/generated/{metrics,profiles,events}.ts, docs/{metrics,logs}.md and the table in README.md, of
 * config/metadata.yaml. `--check` writes nothing and exits 1 if one of them differs.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { eventConstants } from './event-constants.ts'
import { eventPage } from './event-page.ts'
import { parseCatalogue } from './metric-catalogue.ts'
import { metricConstants } from './metric-constants.ts'
import { metricPage, withMetricTable } from './metric-page.ts'
import { profileConstants } from './profile-constants.ts'

const root = new URL('../', import.meta.url)
const catalogue = parseCatalogue(readFileSync(new URL('config/metadata.yaml', root), 'utf8'))
const isCheck = process.argv.includes('--check')

const outputs = [
  { path: 'src/generated/metrics.ts', text: metricConstants(catalogue) },
  { path: 'src/generated/profiles.ts', text: profileConstants(catalogue) },
  { path: 'src/generated/events.ts', text: eventConstants(catalogue) },
  { path: 'docs/logs.md', text: eventPage(catalogue) },
  { path: 'docs/metrics.md', text: metricPage(catalogue) },
  {
    path: 'README.md',
    text: withMetricTable(readFileSync(new URL('README.md', root), 'utf8'), catalogue),
  },
]

for (const { path, text } of outputs) {
  const file = new URL(path, root)
  const current = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (current === text) continue
  if (isCheck) {
    console.error(
      `${path} is not what config/metadata.yaml makes: run node tools/generate-metrics.ts`,
    )
    process.exitCode = 1
  } else {
    writeFileSync(file, text)
    console.log(`wrote ${path}`)
  }
}
