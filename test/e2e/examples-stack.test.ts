import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { otelcolBinary, otelcolIsThere } from '../support/otelcol.ts'
import { openFolder } from '../support/privileges.ts'
import { hasPrometheus } from '../support/prometheus.ts'

const root = new URL('../../', import.meta.url).pathname
const hasCollector = await otelcolIsThere()

/** What a user has to give. */
const variables = {
  DT_ENDPOINT: 'https://example.live.dynatrace.com/api/v2/otlp',
  DT_API_TOKEN: 'none',
}

describe.skipIf(!hasCollector)('the Collector', () => {
  test.each(globSync('examples/*/otelcol.yaml', { cwd: root }))('takes %s', (file) => {
    const { status, stderr } = spawnSync(
      otelcolBinary,
      ['validate', '--config', join(root, file)],
      { encoding: 'utf8', env: { ...process.env, ...variables } },
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

describe.skipIf(!hasPrometheus())('Prometheus', () => {
  test.each(globSync('examples/*/prometheus.yml', { cwd: root }))('takes %s', (file) => {
    const config = parse(readFileSync(join(root, file), 'utf8'))
    // Debian's is older than OTLP.
    delete config.otlp
    const path = join(openFolder(), 'prometheus.yml')
    writeFileSync(path, stringify(config))
    const { status, stdout } = spawnSync('promtool', ['check', 'config', path], {
      encoding: 'utf8',
    })
    expect(stdout).toContain('SUCCESS')
    expect(status).toBe(0)
  })
})
