import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { registry } from '../../src/service/registry.ts'
import { componentKeys, sectionsOf } from '../support/collector-sections.ts'
import { otelcolBinary, otelcolIsThere } from '../support/otelcol.ts'

/** What the Collector lets through and is refused here as a mistake, beside keys that we do not support. */
const mistakes = [
  // A number is nanoseconds there; negative times mean nothing, or "none" in some places.
  /: not a duration: /,
  /: must be longer than 0$/,
  // Cut off, or as a negative "none", there.
  /: must be a whole number, not the number 1\.5$/,
  /: must be at least 0$/,
  // Looked at there with create_directory only.
  /directory_permissions: octal permissions, for example /,
  // It serves nothing there, or fails once it runs.
  /: no extension "file_storage\S*" under extensions/,
  /: not an address to listen on: /,
  /: a path is added to it, so it has no \?: /,
  /\.headers\[0\]\.value: required: a string$/,
  /did you mean "detailed"\?$/,
]

describe.skipIf(!(await otelcolIsThere()))('the same section in a real Collector and here', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nettracer-sections-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Files with the same section. */
  function write(id: string, yaml: string) {
    const paths = { theirs: join(folder, 'theirs.yaml'), ours: join(folder, 'ours.yaml') }
    writeFileSync(
      paths.theirs,
      `receivers: { otlp: { protocols: { grpc: } } }${around(id, yaml, 'otlp')}`,
    )
    writeFileSync(paths.ours, `receivers: { nettracer: }${around(id, yaml, 'nettracer')}`)
    return paths
  }

  test.each(Object.keys(componentKeys))('%s', { timeout: 300_000, retry: 0 }, async (id) => {
    const differences: string[] = []
    let accepted = 0
    for (const { name, yaml } of sectionsOf(id)) {
      const { theirs, ours } = write(id, yaml)
      const isTaken = await collectorTakes(theirs)
      const errors = errorsOf(ours)
      if (isTaken) accepted += 1
      const wrong = errors.filter((error) => !isTaken || !isKnown(error))
      if (isTaken ? wrong.length > 0 : errors.length === 0) {
        differences.push(`${name}: ${isTaken ? wrong.join('; ') : 'refused by the Collector only'}`)
      }
    }
    expect(differences).toEqual([])
    expect(accepted).toBeGreaterThan(10)
  })
})

/** The rest of a configuration that uses one component. */
function around(id: string, yaml: string, receiver: string): string {
  const used = { exporters: 'debug', processors: '', extensions: '' }
  const { section = 'exporters' } = componentKeys[id] ?? {}
  used[section] = id
  return `
${section}:
  ${id}: ${yaml}
${section === 'exporters' ? '' : 'exporters: { debug: }'}
service:
  extensions: [${used.extensions}]
  pipelines:
    metrics: { receivers: [${receiver}], processors: [${used.processors}], exporters: [${used.exporters}] }
`
}

/** Not supported and said so, or a mistake. */
const isKnown = (error: string): boolean =>
  /supported here/.test(error) || mistakes.some((mistake) => mistake.test(error))

async function collectorTakes(file: string): Promise<boolean> {
  try {
    await promisify(execFile)(otelcolBinary, ['validate', '--config', file])
    return true
  } catch {
    return false
  }
}

function errorsOf(file: string): string[] {
  try {
    loadConfig([file], registry, {})
    return []
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [String(error)]
  }
}
