import { expect, test } from 'vitest'
import { fileConfig } from '../../../src/exporter/file/config.ts'

test('the defaults are those of the Collector', () => {
  expect(fileConfig.parse({ path: 'a', rotation: {} })).toEqual({
    path: 'a',
    append: false,
    rotation: { max_megabytes: 100, max_days: 0, max_backups: 100, localtime: false },
    format: 'json',
    compression: '',
    compression_params: { level: 0 },
    flush_interval: 1000,
    create_directory: false,
  })
})

test('there is no rotation without its section', () => {
  expect(fileConfig.parse({ path: 'a' }).rotation).toBeUndefined()
})

test.each([
  [{}, /path/],
  [{ path: '' }, /path/],
  [{ path: 'a', append: true, rotation: {} }, /not together with rotation/],
  [{ path: 'a', format: 'xml' }, /format/],
  [{ path: 'a', compression: 'gzip' }, /compression/],
  [{ path: 'a', directory_permissions: '0755' }, /only with create_directory: true/],
  [{ path: 'a', create_directory: true, directory_permissions: '0999' }, /octal permissions/],
  [{ path: 'a', group_by: { enabled: true } }, /exactly one \*/],
  [{ path: '*-*', group_by: { enabled: true } }, /exactly one \*/],
  [{ path: '*.json', group_by: { enabled: true } }, /must not begin with \*/],
  [{ path: 'a-*', group_by: { enabled: true, resource_attribute: '' } }, /must not be empty/],
  [{ path: 'a', encoding: 'x' }, /no encoding extensions/],
  [{ path: 'a', rotation: { max_files: 3 } }, /max_files/],
])('%j is refused', (config, message) => {
  expect(() => fileConfig.parse(config)).toThrow(message)
})
