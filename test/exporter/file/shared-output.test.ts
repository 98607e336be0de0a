import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fileConfig } from '../../../src/exporter/file/config.ts'
import { fileFactory } from '../../../src/exporter/file/index.ts'
import { logsOf, manyRecords, resourceLogs } from '../../support/logs.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

test('metrics and logs of one exporter go into the same file, also when one of them stops first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-file-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'all.jsonl')
  const { settings, readings } = recordedSettings('file')
  const config = fileConfig.parse({ path })
  const metrics = fileFactory.create(settings, config)
  const logs = fileFactory.createLogs?.(settings, config)
  await metrics.start()
  await logs?.start()
  metrics.consume(metricsOf(resource([manyPoints(3)])))
  logs?.consume(logsOf(resourceLogs(manyRecords(2))))
  await metrics.shutdown()
  logs?.consume(logsOf(resourceLogs(manyRecords(5))))
  await logs?.shutdown()

  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const kinds = lines.map((line) => Object.keys(JSON.parse(line) as object).join())
  expect(kinds.toSorted((one, other) => one.localeCompare(other))).toEqual([
    'resourceLogs',
    'resourceLogs',
    'resourceMetrics',
  ])
  expect(await readings()).toMatchObject({
    'nettracer.exporter.sent_points{otel.component.name=file}': 3,
    'nettracer.exporter.sent_log_records{otel.component.name=file}': 7,
  })
})
