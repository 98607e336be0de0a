import { expect, test } from 'vitest'
import type { ContainerFacts } from '../../../src/identity/container/directory.ts'
import { ContainerTable } from '../../../src/identity/container/table.ts'

const docker = { path: '/docker.sock' }
const podman = { path: '/podman.sock' }

function facts(id: string, name = id): ContainerFacts {
  return { id, name, imageName: 'bb', imageTags: ['1'], runtime: 'docker', labels: new Map() }
}

function tableAt(limit = 100) {
  const time = { now: 0 }
  return { time, table: new ContainerTable({ limit, clock: () => time.now }) }
}

test('the epoch grows when an answer may be another, and only then', () => {
  const { table } = tableAt()
  table.put(facts('a'), docker)
  expect(table.epoch).toBe(1)
  table.put(facts('a'), docker)
  expect(table.epoch).toBe(1)
  table.put(facts('a', 'renamed'), docker)
  expect(table.epoch).toBe(2)
  table.end('a')
  expect(table.epoch).toBe(2)
  expect(table.find('a')?.name).toBe('renamed')
})

test('an ended container is found for a minute', () => {
  const { table, time } = tableAt()
  table.put(facts('a'), docker)
  time.now = 1000
  table.end('a')
  time.now = 60_999
  expect(table.find('a')).toBeDefined()
  const before = table.epoch
  time.now = 61_000
  expect(table.find('a')).toBeUndefined()
  expect(table.epoch).toBe(before + 1)
  expect(table.size).toBe(0)
})

test('a container that nobody told of before its end is found for a minute', () => {
  const { table, time } = tableAt()
  table.putEnded(facts('a'), docker)
  expect(table.epoch).toBe(1)
  time.now = 30_000
  // It ended once, whoever says so again.
  table.putEnded(facts('a'), docker)
  expect(table.find('a')?.name).toBe('a')
  time.now = 60_000
  expect(table.find('a')).toBeUndefined()
})

test('a container that starts again is there again', () => {
  const { table, time } = tableAt()
  table.put(facts('a'), docker)
  table.end('a')
  table.put(facts('a'), docker)
  time.now = 120_000
  expect(table.find('a')).toBeDefined()
})

test('a list ends what its runtime had before, and nothing of another', () => {
  const { table, time } = tableAt()
  table.put(facts('a'), docker)
  table.put(facts('b'), docker)
  table.put(facts('c'), podman)
  table.keepOnly(new Set(['b']), docker)
  time.now = 60_000
  expect(['a', 'b', 'c'].map((id) => table.find(id)?.id)).toEqual([undefined, 'b', 'c'])
})

test('beyond the limit the ended go first, then the one told of longest ago', () => {
  const { table } = tableAt(3)
  for (const id of ['a', 'b', 'c']) table.put(facts(id), docker)
  table.end('b')
  table.put(facts('d'), docker)
  expect(table.find('b')).toBeUndefined()
  table.put(facts('e'), docker)
  expect(table.find('a')).toBeUndefined()
  expect(table.size).toBe(3)
  expect(table.leftOut).toBe(2)
})
