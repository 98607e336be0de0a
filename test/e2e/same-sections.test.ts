import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { registry } from '../../src/service/registry.ts'
import { exporterKeys, sectionsOf } from '../support/exporter-sections.ts'
import { otelcolBinary, otelcolIsThere } from '../support/otelcol.ts'

/** What the Collector lets through and is refused here as a mistake, beside keys that we do not support. */
const mistakes = [
  // A number is nanoseconds there; negative times mean nothing, or "none" in some places.
  /: not a duration: /,
  /: must be longer than 0$/,
  // Cut off, or as a negative "none", there.
  /: must be a whole number, not the number 1\.5$/,
  /: must be at least 0$/,
  // It serves nothing there, or fails once it runs.
  /: no extension "file_storage\S*" under extensions/,
  /: not an address to listen on: /,
  /: a path is added to it, so it has no \?: /,
  /\.headers\[0\]\.value: required: a string$/,
  /did you mean "detailed"\?$/,
]

describe.skipIf(!(await otelcolIsThere()))(
  'the same exporter section in a real Collector and here',
  () => {
    let folder: string
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'nettracer-sections-'))
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    /** Files with the same exporter section. */
    function write(exporter: string, section: string) {
      const paths = { theirs: join(folder, 'theirs.yaml'), ours: join(folder, 'ours.yaml') }
      const rest = (receiver: string) => `
exporters:
  ${exporter}: ${section}
service: { pipelines: { metrics: { receivers: [${receiver}], exporters: [${exporter}] } } }
`
      writeFileSync(paths.theirs, `receivers: { otlp: { protocols: { grpc: } } }${rest('otlp')}`)
      writeFileSync(paths.ours, `receivers: { nettracer: }${rest('nettracer')}`)
      return paths
    }

    test.each(Object.keys(exporterKeys))('%s', { timeout: 300_000, retry: 0 }, async (exporter) => {
      const differences: string[] = []
      let accepted = 0
      for (const { name, yaml } of sectionsOf(exporter)) {
        const { theirs, ours } = write(exporter, yaml)
        const isTaken = await collectorTakes(theirs)
        const errors = errorsOf(ours)
        if (isTaken) accepted += 1
        const wrong = errors.filter((error) => !isTaken || !isKnown(error))
        if (isTaken ? wrong.length > 0 : errors.length === 0) {
          differences.push(
            `${name}: ${isTaken ? wrong.join('; ') : 'refused by the Collector only'}`,
          )
        }
      }
      expect(differences).toEqual([])
      expect(accepted).toBeGreaterThan(10)
    })
  },
)

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
