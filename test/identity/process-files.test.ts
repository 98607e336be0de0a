import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { BoundedFiles } from '../../src/identity/files.ts'
import {
  ProcessFiles,
  parseOwner,
  parseStat,
  readBootSeconds,
  startTicksOf,
} from '../../src/identity/process-files.ts'
import { ProcTree } from './support/proc-tree.ts'

let tree: ProcTree | undefined
afterEach(() => tree?.delete())

function filesOf(fake: Parameters<ProcTree['process']>[0]): ProcessFiles {
  tree = new ProcTree()
  tree.process(fake)
  return new ProcessFiles(new BoundedFiles(), tree.procRoot)
}

test.each([
  { name: 'a plain name', comm: 'nginx' },
  { name: 'brackets and spaces', comm: 'a) R 1 2 (b' },
  { name: 'a newline', comm: 'a\n1 (b' },
  { name: 'nothing', comm: '' },
])('the start time is found behind $name', ({ comm }) => {
  const stat = filesOf({ pid: 7, comm, startTicks: 146458 }).stat(7)
  expect(stat).toEqual({ startTicks: 146458, isZombie: false, comm, parentPid: 1 })
})

test.each([
  ['Z', true],
  ['X', true],
  ['S', false],
  ['D', false],
])('a process in state %s has ended: %s', (state, isZombie) => {
  expect(filesOf({ pid: 7, state }).stat(7)?.isZombie).toBe(isZombie)
})

test.each(['', '7', '7 (a', '7 (a) S 1', '7 (a) S 1 ' + 'x '.repeat(30)])(
  'what is no stat line is nothing: %j',
  (line) => {
    expect(parseStat(line)).toBeUndefined()
  },
)

test.each([
  { exe: '/usr/bin/nginx', path: '/usr/bin/nginx' },
  { exe: '/usr/bin/nginx (deleted)', path: '/usr/bin/nginx' },
  { exe: Buffer.from('/tmp/a\xff\n"b', 'latin1'), path: '/tmp/a\ufffd\n"b' },
])('the executable $exe is $path', ({ exe, path }) => {
  expect(filesOf({ pid: 7, exe }).executablePath(7)).toBe(path)
})

test.each([
  { cmdline: 'nginx\0-g\0daemon off;\0', args: ['nginx', '-g', 'daemon off;'] },
  { cmdline: '', args: undefined },
  { cmdline: '\0\0', args: undefined },
  { cmdline: 'a\0\0b\0', args: ['a', '', 'b'] },
  { cmdline: 'postgres: writer\0\0\0\0', args: ['postgres: writer'] },
  { cmdline: 'a\0--token=half', args: ['a', '--token=half'] },
])('the command line $cmdline is $args', ({ cmdline, args }) => {
  expect(filesOf({ pid: 7, cmdline }).commandLine(7)).toEqual(args)
})

test('of a command line that is too long the argument that would be cut is left out', () => {
  const cmdline = `a\0--url\0${'b'.repeat(9000)}`
  expect(filesOf({ pid: 7, cmdline }).commandLine(7)).toEqual(['a', '--url', '…'])
})

test('the owner is the real user id', () => {
  expect(parseOwner('Name:\tUid:\nUmask:\t0022\nUid:\t33\t0\t0\t0\n')).toBe(33)
  expect(parseOwner('Name:\tx\n')).toBeUndefined()
})

test('the time of the boot is found among counters', () => {
  tree = new ProcTree()
  expect(readBootSeconds(new BoundedFiles(), tree.procRoot)).toBe(1700000000)
  expect(readBootSeconds(new BoundedFiles(), '/nowhere')).toBeUndefined()
})

test('a kernel start time is rounded down to its tick', () => {
  expect(startTicksOf(1_464_589_999_999n)).toBe(146_458)
  expect(startTicksOf(1_464_580_000_000n)).toBe(146_458)
})

test('no text makes the readers of stat and status fail', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const stat = parseStat(`1 (${text}`)
      expect(stat === undefined || stat.startTicks >= 0).toBe(true)
      expect(parseOwner(text) ?? 0).toBeGreaterThanOrEqual(0)
    }),
  )
})
