import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ToldNames } from '../../../src/identity/dns/told-names.ts'

const minute = 60_000
const host = 1
const container = 2

function create(limits?: { inProcess: number; inNamespace: number; all: number }) {
  const clock = { now: 0 }
  const settings = { now: () => clock.now, hostNetns: host, ...(limits && { limits }) }
  const names = new ToldNames(settings)
  const tell = (name: string, address: string, pid = 10, netns = host, more = {}) => {
    const { startTime = 1n, ttl = 60 } = more as { startTime?: bigint; ttl?: number }
    names.tell({ pid, startTime, netns }, { name, addresses: [{ address, ttlSeconds: ttl }] })
  }
  /** Lets time pass as the receiver does, which asks for the names of living series whenever the epoch grows. */
  const pass = (ms: number, living: () => void = () => {}) => {
    for (const end = clock.now + ms; clock.now < end; ) {
      clock.now += minute
      const before = names.epoch
      names.expire()
      if (names.epoch !== before) living()
    }
  }
  return { names, clock, tell, pass }
}

const address = '192.0.2.1'

test('what the process itself was told comes before what others were', () => {
  const { names, tell } = create()
  tell('a.example', address, 10)
  tell('b.example', address, 11)
  expect(names.nameOf(address, host, 10)).toBe('a.example')
  expect(names.nameOf(address, host, 11)).toBe('b.example')
})

test('a process that was told nothing has its namespace’s name, else the host’s', () => {
  const { names, tell } = create()
  tell('inside.example', address, 10, container)
  tell('host.example', '192.0.2.2', 11, host)
  expect(names.nameOf(address, container, 99)).toBe('inside.example')
  expect(names.nameOf('192.0.2.2', container, 99)).toBe('host.example')
  expect(names.nameOf(address, host, 99)).toBe(undefined)
  expect(names.nameOf('192.0.2.3', container, 99)).toBe(undefined)
})

test('two names in a namespace are none for who was told neither, as long as one is told', () => {
  const { names, tell, pass } = create()
  tell('a.example', address, 10)
  tell('b.example', address, 11)
  expect(names.nameOf(address, host, 99)).toBe(undefined)
  for (let round = 0; round < 6; round += 1) {
    pass(5 * minute)
    tell('b.example', address, 11)
    expect(names.nameOf(address, host, 99)).toBe(undefined)
  }
})

test('two names in a namespace are none even if the host has one', () => {
  const { names, tell } = create()
  tell('host.example', address, 9, host)
  tell('a.example', address, 10, container)
  tell('b.example', address, 11, container)
  expect(names.nameOf(address, container, 99)).toBe(undefined)
})

test('of two names that a process asked for the last one wins', () => {
  const { names, tell } = create()
  tell('a.example', address)
  tell('b.example', address)
  expect(names.nameOf(address, host, 10)).toBe('b.example')
})

test('a process that asks for two names in turn changes its name once in five minutes', () => {
  const { names, clock, tell } = create()
  let changes = 0
  let before: string | undefined
  for (let second = 0; second < 3600; second += 1) {
    clock.now = second * 1000
    tell(second % 2 === 0 ? 'a.example' : 'b.example', address)
    const name = names.nameOf(address, host, 10)
    if (name !== before) changes += 1
    before = name
  }
  expect(changes).toBeLessThanOrEqual(13)
})

test('the epoch grows when a name changes that somebody asked for, and else not', () => {
  const { names, tell } = create()
  tell('a.example', address)
  expect(names.epoch).toBe(0)
  names.nameOf(address, host, 10)
  tell('a.example', address)
  tell('a.example', '192.0.2.2')
  expect(names.epoch).toBe(0)
  names.nameOf('192.0.2.3', host, 10)
  tell('c.example', '192.0.2.3')
  const known = names.epoch
  expect(known).toBeGreaterThan(0)
  tell('b.example', address)
  expect(names.epoch).toBeGreaterThan(known)
})

test('a name that nobody uses goes after its time, which is ten minutes at least', () => {
  const { names, tell, pass } = create()
  tell('a.example', address, 10, host, { ttl: 0 })
  pass(9 * minute)
  expect(names.size).toBe(2)
  pass(10 * minute)
  expect(names.size).toBe(0)
})

test('a name with a TTL of a week is kept for a day, for others for an hour', () => {
  const { names, tell, pass } = create()
  tell('a.example', address, 10, host, { ttl: 7 * 86_400 })
  pass(23 * 60 * minute)
  expect(names.nameOf(address, host, 10)).toBe('a.example')
  expect(names.nameOf(address, host, 11)).toBe(undefined)
  pass(26 * 60 * minute)
  expect(names.size).toBe(0)
})

test('a name stays as long as a series has it, however long that is', () => {
  const { names, tell, pass } = create()
  tell('a.example', address)
  const ask = () => names.nameOf(address, host, 10)
  ask()
  pass(7 * 24 * 60 * minute, ask)
  expect(ask()).toBe('a.example')
  pass(50 * 60 * minute)
  expect(names.size).toBe(0)
})

test('a process of the same pid has none of the names of the one before', () => {
  const { names, tell } = create()
  tell('a.example', address, 10, container)
  tell('b.example', address, 11, container)
  names.begin({ pid: 10, startTime: 1n })
  expect(names.nameOf(address, container, 10)).toBe('a.example')
  names.begin({ pid: 10, startTime: 2n })
  expect(names.nameOf(address, container, 10)).toBe(undefined)
})

test('beyond a limit the name that was of no use for longest goes', () => {
  const { names, tell } = create({ inProcess: 2, inNamespace: 100, all: 1000 })
  tell('a.example', '192.0.2.1', 10, container)
  tell('b.example', '192.0.2.2', 10, container)
  names.nameOf('192.0.2.1', container, 10)
  tell('c.example', '192.0.2.3', 10, container)
  tell('x.example', '192.0.2.2', 11, container)
  expect(names.nameOf('192.0.2.1', container, 10)).toBe('a.example')
  expect(names.nameOf('192.0.2.3', container, 10)).toBe('c.example')
  expect(names.nameOf('192.0.2.2', container, 10)).toBe(undefined)
})

test('names stay within their limits whatever is told', () => {
  const limits = { inProcess: 8, inNamespace: 16, all: 40 }
  const one = fc.record({
    pid: fc.integer({ min: 1, max: 20 }),
    netns: fc.integer({ min: 1, max: 6 }),
    address: fc.integer({ min: 0, max: 60 }),
    name: fc.constantFrom('a.example', 'b.example', 'c.example'),
    startTime: fc.constantFrom(1n, 2n),
    asks: fc.boolean(),
    waits: fc.integer({ min: 0, max: 20 }),
  })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 300 }), (all) => {
      const { names, tell, pass } = create(limits)
      for (const { pid, netns, address: last, name, startTime, asks, waits } of all) {
        tell(name, `192.0.2.${last}`, pid, netns, { startTime })
        if (asks) names.nameOf(`192.0.2.${last}`, netns, pid)
        if (waits === 20) pass(waits * minute)
        expect(names.size).toBeLessThanOrEqual(limits.all)
      }
      pass(25 * 60 * minute)
      expect(names.size).toBe(0)
    }),
    { numRuns: 60 },
  )
})
