import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ReverseNames, reverseName } from '../../../src/identity/dns/reverse-names.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const error = (code: string) => Object.assign(new Error(code), { code })

/** What a server says of each address, and what it was asked. */
function create(answers: Record<string, readonly string[] | Error | Promise<readonly string[]>>) {
  const asked: string[] = []
  const names = new ReverseNames({
    perSecond: 10,
    timeoutMs: 1000,
    now: () => Date.now(),
    isAllowed: (address) => !address.startsWith('10.'),
    resolve: async (name) => {
      asked.push(name)
      const answer = await answers[name]
      if (Array.isArray(answer)) return answer
      throw answer ?? error('ENOTFOUND')
    },
  })
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  return { names, asked, pass }
}

const hour = 3_600_000
const one = '1.2.0.192.in-addr.arpa'

test.each([
  { address: '192.0.2.1', name: one },
  {
    address: '2001:db8::7',
    name: `7.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`,
  },
  { address: '::1', name: `1.${'0.'.repeat(31)}ip6.arpa` },
  {
    address: '1:2:3:4:5:6:7:8',
    name: '8.0.0.0.7.0.0.0.6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.ip6.arpa',
  },
])('$address is asked for as $name', ({ address, name }) => {
  expect(reverseName(address)).toBe(name)
})

test('a name is not waited for, and the epoch tells when it is there', async () => {
  const { names, asked, pass } = create({ [one]: ['Host.Example.'] })
  expect(names.nameOf('192.0.2.1')).toBe(undefined)
  expect(names.epoch).toBe(0)
  await pass(200)
  expect(names.epoch).toBe(1)
  expect(names.nameOf('192.0.2.1')).toBe('host.example')
  await pass(5 * hour)
  expect(names.nameOf('192.0.2.1')).toBe('host.example')
  expect(asked).toEqual([one])
})

test('a name is asked for again after six hours, and stays if nobody answers then', async () => {
  const answers: Record<string, readonly string[] | Error> = { [one]: ['host.example'] }
  const { names, asked, pass } = create(answers)
  names.nameOf('192.0.2.1')
  await pass(7 * hour)
  answers[one] = error('ETIMEOUT')
  expect(names.nameOf('192.0.2.1')).toBe('host.example')
  await pass(1000)
  expect(names.nameOf('192.0.2.1')).toBe('host.example')
  expect(asked).toHaveLength(2)
  expect(names.epoch).toBe(1)
  expect(names.counts).toEqual({ completed: 1, failed: 1, skipped: 0 })
})

test.each([
  { what: 'no name', answer: error('ENOTFOUND'), againMs: hour },
  { what: 'no records', answer: error('ENODATA'), againMs: hour },
  { what: 'a name that no host has', answer: ['new\nline.example', '10.0.0.1'], againMs: hour },
  { what: 'nothing in time', answer: error('ETIMEOUT'), againMs: hour / 6 },
])('$what is remembered', async ({ answer, againMs }) => {
  const { names, asked, pass } = create({ [one]: answer })
  for (let minute = 0; minute < againMs / 60_000; minute += 1) {
    expect(names.nameOf('192.0.2.1')).toBe(undefined)
    await pass(60_000)
  }
  expect(asked).toHaveLength(1)
  await pass(1000)
  names.nameOf('192.0.2.1')
  await pass(1000)
  expect(asked).toHaveLength(2)
  expect(names.epoch).toBe(0)
})

test('what is not allowed is never asked for', async () => {
  const { names, asked, pass } = create({})
  expect(names.nameOf('10.0.0.1')).toBe(undefined)
  await pass(hour)
  expect(asked).toEqual([])
})

test('so many questions a second and no more', async () => {
  const { names, asked, pass } = create({})
  for (let last = 0; last < 200; last += 1) names.nameOf(`192.0.2.${last}`)
  await pass(5_000)
  expect(asked).toHaveLength(50)
  await pass(60_000)
  expect(asked).toHaveLength(200)
})

test('four questions at once and no more, while nobody answers', async () => {
  const never = new Promise<readonly string[]>(() => {})
  const { names, asked, pass } = create(
    Object.fromEntries(
      Array.from({ length: 9 }, (_, last) => [reverseName(`192.0.2.${last}`), never]),
    ),
  )
  for (let last = 0; last < 9; last += 1) names.nameOf(`192.0.2.${last}`)
  await pass(10_000)
  expect(asked).toHaveLength(4)
})

test('beyond a thousand that wait addresses are left out, and counted', async () => {
  const { names, asked, pass } = create({})
  for (let each = 0; each < 1_200; each += 1) names.nameOf(`198.51.${each >> 8}.${each & 255}`)
  expect(names.counts.skipped).toBe(200)
  await pass(hour)
  expect(asked).toHaveLength(1_000)
})

test('stopped, it asks nobody any more', async () => {
  const { names, asked, pass } = create({})
  names.nameOf('192.0.2.1')
  names.stop()
  await pass(hour)
  expect(asked).toEqual([])
})
