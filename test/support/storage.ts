import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { z } from 'zod'
import type { Extensions } from '../../src/config/component.ts'
import { fileStorageConfig } from '../../src/extension/file_storage/config.ts'
import { FileStorage } from '../../src/extension/file_storage/extension.ts'
import type { Storage } from '../../src/model/storage.ts'
import { recordedSettings } from './recorded-telemetry.ts'

/** A directory that ends with the test. */
export function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'nettracer-storage-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** The extension, started. */
export async function fileStorage(config: z.input<typeof fileStorageConfig>) {
  const recorded = recordedSettings('file_storage')
  const storage = new FileStorage(recorded.settings, fileStorageConfig.parse(config))
  await storage.start()
  onTestFinished(async () => storage.shutdown())
  return { storage, lines: recorded.lines }
}

export const lending = (storage: Storage): Extensions => ({ storage: () => storage })
