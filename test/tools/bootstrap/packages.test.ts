import { expect, test } from 'vitest'
import { refuseWithoutApt } from '../../../tools/bootstrap/packages.js'
import { findClang } from '../../../tools/bootstrap/requirements.js'

const missing = ['g++', 'libbpf'].map((name) => ({ name, packages: [name], find: () => undefined }))

test('without apt-get, one line names all that is missing', () => {
  expect(() => refuseWithoutApt(missing, false, 0)).toThrow(
    'no apt-get here; install these by hand, then run this again: g++, libbpf',
  )
})

test('without root, one line names all that is missing', () => {
  expect(() => refuseWithoutApt(missing, true, 1000)).toThrow(
    'missing: g++, libbpf; run this with sudo to install them',
  )
})

test('root with apt-get may install', () => {
  expect(() => refuseWithoutApt(missing, true, 0)).not.toThrow()
})

test.each([
  { names: ['clang-14', 'clang-19', 'clang-21'], found: '/usr/bin/clang-19' },
  { names: ['clang-14', 'clang-16', 'clang-cpp-18'], found: '/usr/bin/clang-16' },
  { names: ['clang-9', 'clang-13', 'clang-format-19'], found: undefined },
  { names: [], found: undefined },
])('of $names, clang is $found', ({ names, found }) => {
  expect(findClang(names, undefined)).toBe(found)
})
