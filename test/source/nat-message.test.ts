import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAddress } from '../../src/shared/addresses.ts'
import { NatReader } from '../../src/source/nat-message.ts'
import type { Tuple } from '../../src/source/tuple.ts'
import { doneMessage, type EntryPart, entryMessage } from '../support/conntrack.ts'

const text = ({ clientAddress, serverAddress, words }: Tuple): string => {
  const ports = words[8] as number
  const [client, server] = [ports >>> 16, ports & 0xffff]
  return `${formatAddress(clientAddress)} ${client} > ${formatAddress(serverAddress)} ${server}`
}

function read(bytes: Uint8Array, sequence?: number) {
  const entries: string[] = []
  const outcome = new NatReader().read(new Uint8Array(bytes), sequence, (from, to) =>
    entries.push(`${text(from)}, ${text(to)}`),
  )
  return { entries, outcome }
}

const whole = '10.0.0.1 40000 > 10.0.0.9 80, 10.0.0.1 40000 > 10.0.0.2 8080'

test('a translated connection is what its client dialled and what its server sees', () => {
  expect(read(entryMessage()).entries).toEqual([whole])
})

test('IPv6 is read likewise', () => {
  const at = (last: number) => [0xfd, ...new Array<number>(14).fill(0), last]
  const { entries } = read(
    entryMessage({
      original: { source: at(1), target: at(9) },
      reply: { source: at(2), target: at(7), targetPort: 5 },
    }),
  )
  expect(entries).toEqual(['fd00::1 40000 > fd00::9 80, fd00::7 5 > fd00::2 8080'])
})

const leftOut: Record<string, EntryPart> = {
  'is not translated': { status: 0x188 },
  'is of UDP': { original: { protocol: 17 }, reply: { protocol: 17 } },
  'has no status': { status: 0 },
}
test.each(Object.entries(leftOut))('a connection that %s is left out', (_, part) => {
  expect(read(entryMessage(part))).toMatchObject({ entries: [], outcome: { unknown: 0 } })
})

test('answers to another request are left out, the end of this one is told', () => {
  const bytes = Buffer.concat([
    entryMessage({ sequence: 6 }),
    entryMessage({ sequence: 7 }),
    doneMessage(7),
  ])
  expect(read(bytes, 7)).toMatchObject({
    entries: [whole],
    outcome: { isDone: true, error: 0, unknown: 0 },
  })
})

test('a refusal is told with its errno', () => {
  expect(read(doneMessage(7, 1), 7).outcome).toMatchObject({ isDone: true, error: 1 })
})

test.each([
  { what: 'a length of 0', length: 0 },
  { what: 'a length below its own header', length: 15 },
  { what: 'a length beyond the buffer', length: 4096 },
])('$what ends the buffer, and is counted', ({ length }) => {
  const bytes = Buffer.concat([entryMessage(), entryMessage(), entryMessage()])
  bytes.writeUInt32LE(length, entryMessage().length)
  expect(read(bytes)).toMatchObject({ entries: [whole], outcome: { unknown: 1 } })
})

test('a message that is cut anywhere says nothing, or what it said', () => {
  const bytes = entryMessage()
  for (let length = 0; length < bytes.length; length += 1) {
    const cut = Buffer.from(bytes.subarray(0, length))
    if (length >= 4) cut.writeUInt32LE(length, 0)
    expect([[], [whole]]).toContainEqual(read(cut).entries)
  }
})

test('bytes changed anywhere never throw, and never make more connections than messages', () => {
  const bytes = Buffer.concat([entryMessage(), entryMessage({ sequence: 1 }), doneMessage(1)])
  const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const changed = Buffer.from(bytes)
      for (const { at, to } of changes) changed[at] = to
      expect(read(changed).outcome.entries).toBeLessThanOrEqual(bytes.length / 16)
    }),
  )
})

test('arbitrary bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(read(bytes).entries.length).toBeLessThanOrEqual(bytes.length / 16)
    }),
  )
})
