import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { fileStorageConfig } from '../../../src/extension/file_storage/config.ts'
import { FileStorage } from '../../../src/extension/file_storage/extension.ts'
import { fileStorageFactory } from '../../../src/extension/file_storage/index.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'
import { fileStorage, scratch } from '../../support/storage.ts'

const holder = fileURLToPath(new URL('../../support/hold-storage.ts', import.meta.url))

function starting(directory: string, more: object = {}) {
  const config = fileStorageConfig.parse({ directory, timeout: '100ms', ...more })
  const storage = new FileStorage(recordedSettings('file_storage').settings, config)
  onTestFinished(async () => storage.shutdown())
  return storage.start()
}

/** Another process that holds the directory. */
async function holding(directory: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [holder, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

test('a directory that is missing is an error that names it, or is made', async () => {
  const directory = join(scratch(), 'a/b')
  await expect(starting(directory)).rejects.toThrow(/a\/b cannot be used: ENOENT/)
  await starting(directory, { create_directory: true, directory_permissions: '0700' })
  expect(statSync(directory).mode & 0o777).toBe(0o700)
})

test('a file is no directory', async () => {
  const directory = join(scratch(), 'file')
  writeFileSync(directory, '')
  await expect(starting(directory)).rejects.toThrow(/cannot be used: (ENOTDIR|EEXIST)/)
})

test('the path may be longer than that of a socket', async () => {
  const directory = join(scratch(), 'long'.repeat(40))
  await starting(directory, { create_directory: true })
  await expect(starting(directory)).rejects.toThrow(/in use by another process/)
})

test('a directory has one agent at a time, and is free when that has gone', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  await expect(starting(directory)).rejects.toThrow(/in use by another process/)
  await storage.shutdown()
  await starting(directory)
})

test('another process holds it until it is killed', async () => {
  const directory = scratch()
  const other = await holding(directory)
  await expect(starting(directory)).rejects.toThrow(/in use by another process/)
  const ended = once(other, 'exit')
  other.kill('SIGKILL')
  await ended
  expect(readdirSync(directory)).toContain('lock')
  await starting(directory)
})

test('it waits as long as timeout says for another to leave', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  const second = starting(directory, { timeout: '20s' })
  await new Promise((resolve) => setTimeout(resolve, 150))
  await storage.shutdown()
  await expect(second).resolves.toBeUndefined()
})

test('nothing is left in the directory but what is kept', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  const client = await storage.open('exporter otlp metrics')
  await client.append(new Uint8Array(3), { items: 1, timeMs: 1 })
  await client.close()
  await storage.shutdown()
  expect(readdirSync(directory)).toEqual(['exporter_otlp_metrics.queue'])
  expect(existsSync(join(directory, 'lock'))).toBe(false)
})

test.each([
  ['exporter otlp metrics', 'exporter_otlp_metrics.queue'],
  ['exporter otlp/a/../b logs', 'exporter_otlp~002Fa~002F..~002Fb_logs.queue'],
  ['exporter otlp/ü~ metrics', 'exporter_otlp~002F~00FC~007E_metrics.queue'],
])('what %j keeps is in a folder of its own', async (owner, folder) => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  await storage.open(owner)
  expect(readdirSync(directory)).toContain(folder)
})

test('names that are too long for a file stay apart', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  for (const end of ['a', 'b']) await storage.open(`exporter otlp/${'x'.repeat(400)}${end} metrics`)
  expect(readdirSync(directory).filter((name) => name.endsWith('.queue'))).toHaveLength(2)
})

test('an owner opens its folder once', async () => {
  const { storage } = await fileStorage({ directory: scratch() })
  const client = await storage.open('exporter otlp metrics')
  await expect(storage.open('exporter otlp metrics')).rejects.toThrow(/open already/)
  await client.close()
  await expect(storage.open('exporter otlp metrics')).resolves.toBeDefined()
})

test('a folder that cannot be opened may be tried again', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  const path = join(directory, 'exporter_otlp_metrics.queue')
  writeFileSync(path, 'in the way')
  await expect(storage.open('exporter otlp metrics')).rejects.toThrow(/EEXIST/)
  await expect(storage.open('exporter otlp metrics')).rejects.toThrow(/EEXIST/)
  mkdirSync(join(directory, 'exporter_otlp_logs.queue'))
  await expect(storage.open('exporter otlp logs')).resolves.toBeDefined()
})

test('the defaults are those of the Collector', () => {
  expect(fileStorageConfig.parse({})).toMatchObject({
    directory: '/var/lib/otelcol/file_storage',
    timeout: 1000,
    create_directory: false,
    directory_permissions: '0750',
    fsync: false,
    recreate: false,
  })
})

test.each([
  [{ directory_permissions: '0999' }, /octal/],
  [{ timeout: 1000 }, /not a duration/],
  [{ compaction: { on_stop: true } }, /on_stop/],
  [{ max_size_mib: 0 }, /max_size_mib/],
])('%j is refused', (config, message) => {
  expect(fileStorageConfig.safeParse(config).error?.message).toMatch(message)
})

test('compaction is taken, with a warning that it does nothing', () => {
  const config = fileStorageConfig.parse({ compaction: { on_start: true, directory: '/tmp' } })
  expect(fileStorageFactory.remarks?.(config)).toEqual([expect.stringMatching(/compaction/)])
  expect(fileStorageFactory.remarks?.(fileStorageConfig.parse({}))).toEqual([])
})
