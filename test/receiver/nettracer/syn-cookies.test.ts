import { expect, test } from 'vitest'
import { parseNetstat, SynCookieCounters } from '../../../src/receiver/nettracer/syn-cookies.ts'
import { flow, processKey } from '../../support/increment.ts'
import { synCookiesPage as page, proc } from '../../support/proc.ts'

const listens = (pid: number, netns = 7, port = 80) =>
  flow({ role: 'server', netns, servicePort: port, process: processKey(pid) })

test('counters are found by name', () => {
  expect(parseNetstat(page(1, 2, 3))).toEqual({ sent: 1, received: 2, failed: 3 })
})

test.each(['', 'TcpExt: SyncookiesSent\nTcpExt: 1\n', page(1, 2, 3).slice(0, 70)])(
  'a page without them gives nothing: %j',
  (text) => {
    expect(parseNetstat(text)).toBeUndefined()
  },
)

test('what was there before the first reading is left out', () => {
  const { root, add } = proc()
  const counters = new SynCookieCounters(root)
  add('100', 7, 50, 40, 3)
  counters.listener(listens(100))
  expect(counters.collect()).toEqual([])
  add('100', 7, 55, 42, 4)
  counters.listener(listens(100))
  expect(counters.collect()).toEqual([
    { process: processKey(100), port: 80, sent: 5, received: 2, failed: 1 },
  ])
  counters.listener(listens(100))
  expect(counters.collect()).toEqual([])
})

test.each([
  { others: [], process: processKey(100), port: 80 },
  { others: [listens(100)], process: processKey(100), port: 80 },
  { others: [listens(100, 7, 81)], process: processKey(100), port: 0 },
  { others: [listens(101, 7, 80)], process: undefined, port: 0 },
  { others: [listens(101, 7, 81), listens(100)], process: undefined, port: 0 },
])('whose they are, where $others.length others listen', ({ others, process, port }) => {
  const { root, add } = proc()
  const counters = new SynCookieCounters(root)
  const all = [listens(100), ...others]
  add('100', 7, 0, 0, 0)
  for (const one of all) counters.listener(one)
  counters.collect()
  add('100', 7, 9, 0, 0)
  for (const one of all) counters.listener(one)
  expect(counters.collect()).toEqual([{ process, port, sent: 9, received: 0, failed: 0 }])
})

test('a process that is gone, or is in another namespace by now, is not read; another one is', () => {
  const { root, add, remove } = proc()
  const counters = new SynCookieCounters(root)
  const tell = () => {
    for (const pid of [100, 101, 102]) counters.listener(listens(pid))
  }
  add('100', 7, 10, 0, 0)
  tell()
  counters.collect()
  remove('100')
  add('101', 8, 90, 0, 0)
  tell()
  expect(counters.collect()).toEqual([])
  add('102', 7, 14, 0, 0)
  tell()
  expect(counters.collect()).toMatchObject([{ sent: 4 }])
})

test('counters that went back are those of another namespace', () => {
  const { root, add } = proc()
  const counters = new SynCookieCounters(root)
  for (const [sent, expected] of [
    [10, []],
    [3, []],
    [5, [2]],
  ] as const) {
    add('100', 7, sent, 0, 0)
    counters.listener(listens(100))
    expect(counters.collect().map((one) => one.sent)).toEqual(expected)
  }
})

test('a process that is not known: the own namespace is read all the same, no other', () => {
  const { root, add } = proc()
  add('self', 7, 1, 0, 0)
  add('0', 8, 1, 0, 0)
  const counters = new SynCookieCounters(root)
  const tell = () => {
    counters.listener(listens(0))
    counters.listener(listens(0, 8))
  }
  tell()
  counters.collect()
  add('self', 7, 2, 0, 0)
  add('0', 8, 2, 0, 0)
  tell()
  expect(counters.collect()).toEqual([
    { process: processKey(0), port: 80, sent: 1, received: 0, failed: 0 },
  ])
})
