import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { registry } from '../../src/service/registry.ts'
import { otelcolBinary, otelcolIsThere } from '../support/otelcol.ts'

const run = promisify(execFile)

interface Sections {
  readonly sending_queue?: object
  readonly retry_on_failure?: object
  readonly file_storage?: object
}

/** The same extensions and exporters; each program has its own receiver. */
function written({ file_storage = {}, ...exporter }: Sections, receiver: object): string {
  const [name = ''] = Object.keys(receiver)
  const otlp = { endpoint: 'localhost:4317', tls: { insecure: true }, ...exporter }
  return stringify({
    receivers: receiver,
    extensions: { file_storage: { directory: '/tmp', ...file_storage } },
    exporters: { otlp },
    service: {
      extensions: ['file_storage'],
      pipelines: { metrics: { receivers: [name], exporters: ['otlp'] } },
    },
  })
}

function isTakenHere(sections: Sections): boolean {
  try {
    loadConfig([`yaml:${written(sections, { nettracer: {} })}`], registry, {})
    return true
  } catch {
    return false
  }
}

async function isTakenThere(sections: Sections): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-same-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'config.yaml')
  writeFileSync(path, written(sections, { otlp: { protocols: { grpc: {} } } }))
  try {
    await run(otelcolBinary, ['validate', '--config', path])
    return true
  } catch {
    return false
  }
}

const bothTake: Sections[] = [
  {},
  { sending_queue: { enabled: false } },
  { sending_queue: { num_consumers: 1, queue_size: 5, sizer: 'items' } },
  { sending_queue: { sizer: 'bytes', queue_size: 10_000_000 } },
  { sending_queue: { storage: 'file_storage' } },
  { sending_queue: { block_on_overflow: false, wait_for_result: false } },
  { sending_queue: { batch: { flush_timeout: '1s', min_size: 100, max_size: 200 } } },
  { sending_queue: { batch: { sizer: 'bytes', min_size: 0, max_size: 1_000_000 } } },
  { sending_queue: { sizer: 'items', queue_size: 9000, batch: {} } },
  { sending_queue: { sizer: 'bytes', queue_size: 100, batch: { sizer: 'items' } } },
  { retry_on_failure: { enabled: false, max_elapsed_time: '1s' } },
  { retry_on_failure: { initial_interval: '1s', max_interval: '10s', max_elapsed_time: '0s' } },
  { retry_on_failure: { multiplier: 3, randomization_factor: 0 } },
  { file_storage: { timeout: '10s', fsync: true, recreate: true } },
  { file_storage: { create_directory: true, directory_permissions: '0700' } },
  { file_storage: { compaction: { on_start: true, directory: '/tmp', max_transaction_size: 5 } } },
]

const bothRefuse: Sections[] = [
  { sending_queue: { num_consumers: 0 } },
  { sending_queue: { queue_size: 0 } },
  { sending_queue: { sizer: 'megabytes' } },
  { sending_queue: { queue_length: 5 } },
  { sending_queue: { batch: { sizer: 'requests' } } },
  { sending_queue: { batch: { flush_timeout: '0s' } } },
  { sending_queue: { batch: { min_size: -1 } } },
  { sending_queue: { batch: { min_size: 100, max_size: 50 } } },
  { sending_queue: { sizer: 'items', queue_size: 100, batch: { min_size: 200 } } },
  { retry_on_failure: { randomization_factor: 2 } },
  { retry_on_failure: { multiplier: -1 } },
  { retry_on_failure: { max_elapsed_time: '10s' } },
  { retry_on_failure: { retries: 5 } },
  { file_storage: { path: '/tmp' } },
  { file_storage: { create_directory: true, directory_permissions: '0999' } },
  { file_storage: { compaction: { max_transaction_size: -1 } } },
]

describe.skipIf(!(await otelcolIsThere()))(
  'queue, retries and file_storage of a configuration',
  () => {
    test.each(bothTake)('%j is taken by the Collector and here', async (sections) => {
      expect([await isTakenThere(sections), isTakenHere(sections)]).toEqual([true, true])
    })

    test.each(bothRefuse)('%j is refused by the Collector and here', async (sections) => {
      expect([await isTakenThere(sections), isTakenHere(sections)]).toEqual([false, false])
    })

    test.each([
      { sending_queue: { block_on_overflow: true } },
      { sending_queue: { wait_for_result: true } },
      { sending_queue: { batch: { partition: { metadata_keys: ['tenant'] } } } },
    ])('%j is what the Collector does and we do not: an error here', async (sections) => {
      expect([await isTakenThere(sections), isTakenHere(sections)]).toEqual([true, false])
    })
  },
)
