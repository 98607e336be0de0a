import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { BoundedFiles } from '../../src/identity/files.ts'
import { ProcessContextReader } from '../../src/identity/process-context.ts'
import { ProcTree } from './support/proc-tree.ts'
import { end, endAll, type Started, start } from './support/processes.ts'
import { processContext, textContext } from './support/protobuf.ts'

const script = join(import.meta.dirname, 'support', 'publish_context.py')
const python = findPython()
const noPython = python === undefined
if (noPython) {
  process.stderr.write('SKIPPED: no python3, so no process publishes its context in these tests\n')
}

function findPython(): string | undefined {
  try {
    return execFileSync('/bin/sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}

async function publish(mode: string, payloads: readonly Buffer[]): Promise<Started> {
  const hex = payloads.map((payload) => payload.toString('hex'))
  const started = start(python ?? '', ['-I', script, mode, ...hex])
  await once(started.child.stdout!, 'data')
  return started
}

async function next(started: Started): Promise<void> {
  started.child.stdin!.write('\n')
  await once(started.child.stdout!, 'data')
}

afterEach(endAll)

function reader() {
  const files = new BoundedFiles()
  return { files, contexts: new ProcessContextReader(files, '/proc') }
}

test.skipIf(noPython)('a published context is read from outside', async () => {
  const { pid } = await publish('once', [textContext({ 'service.name': 'shop', team: 'é' })])
  const context = reader().contexts.read(pid)
  expect(Object.fromEntries(context?.attributes ?? [])).toEqual({
    'service.name': 'shop',
    team: 'é',
  })
  expect(context?.isComplete).toBe(true)
})

test.skipIf(noPython)('an unchanged context is not read again, a changed one is', async () => {
  const payloads = [textContext({ a: '1' }), textContext({ a: '22' })]
  const started = await publish('once', payloads)
  const { contexts } = reader()
  const first = contexts.read(started.pid)
  expect(contexts.read(started.pid, first)).toBe(first)
  expect(contexts.reads).toBe(1)
  await next(started)
  expect(contexts.read(started.pid, first)?.attributes.get('a')).toBe('22')
})

test.skipIf(noPython)('a context that was dropped, or whose process ended, is gone', async () => {
  const started = await publish('drop', [textContext({ a: '1' })])
  const { contexts, files } = reader()
  const first = contexts.read(started.pid)
  expect(first).toBeDefined()
  await next(started)
  expect(contexts.read(started.pid, first)).toBeUndefined()
  await end(started)
  expect(contexts.read(started.pid, first)).toBeUndefined()
  expect(files.failures).toBe(0)
})

test.skipIf(noPython)('a context that changes while it is read is never torn', async () => {
  // Of one length and long: a copy made while they change is still a message, of both letters.
  const length = 60_000
  const payloads = ['a', 'b', 'c'].map((letter) => textContext({ key: letter.repeat(length) }))
  const { pid } = await publish('race', payloads)
  const { contexts } = reader()
  let whole = 0
  for (let turn = 0; turn < 20_000 && !(turn >= 2000 && contexts.retries > 0); turn += 1) {
    const text = contexts.read(pid)?.attributes.get('key')
    if (typeof text !== 'string') continue
    whole += 1
    const letter = text.charAt(0)
    expect(text === letter.repeat(length)).toBe(true)
  }
  expect(whole).toBeGreaterThan(0)
  expect(contexts.retries).toBeGreaterThan(0)
})

test.skipIf(noPython)('a context that is no protobuf is none', async () => {
  const { pid } = await publish('once', [Buffer.from([0x0b, 0xff])])
  expect(reader().contexts.read(pid)).toBeUndefined()
})

test.skipIf(noPython)(
  'a context with a value that cannot be carried is told to be incomplete',
  async () => {
    const payload = processContext([['a', { bytes: Buffer.from([1]) }]])
    const { pid } = await publish('once', [payload])
    expect(reader().contexts.read(pid)).toMatchObject({ isComplete: false })
  },
)

test('a process that publishes nothing has no context', () => {
  const { contexts, files } = reader()
  expect(contexts.read(process.pid)).toBeUndefined()
  expect(contexts.read(4_194_305)).toBeUndefined()
  expect(files.failures).toBe(0)
})

/** A header and its payload, as the memory of a process that has them at address 4096. */
function memoryOf(header: {
  mark?: string
  version?: number
  size?: number
  at?: bigint
  more?: string
}): Buffer {
  const memory = Buffer.alloc(128 * 1024)
  const payload = textContext({ a: '1', more: header.more ?? '' })
  const { mark = 'OTEL_CTX', version = 2, size = payload.length, at = 5000n } = header
  memory.write(mark, 4096, 'latin1')
  memory.writeUInt32LE(version, 4104)
  memory.writeUInt32LE(size, 4108)
  memory.writeBigUInt64LE(77n, 4112)
  memory.writeBigUInt64LE(at, 4120)
  payload.copy(memory, 5000)
  return memory
}

const mapping = '1000-2000 rw-p 00000000 00:01 77 '
test.each([
  { name: 'a memfd', maps: `${mapping} /memfd:OTEL_CTX (deleted)`, found: true },
  { name: 'a named anonymous mapping', maps: `${mapping} [anon:OTEL_CTX]`, found: true },
  { name: 'a named shared mapping', maps: `${mapping} [anon_shmem:OTEL_CTX]`, found: true },
  { name: 'no last newline', maps: `${mapping} /memfd:OTEL_CTX`, end: '', found: false },
  { name: 'a file of that name', maps: `${mapping} /tmp/memfd:OTEL_CTX`, found: false },
  { name: 'the name inside another', maps: `${mapping} /a b /memfd:OTEL_CTX`, found: false },
  {
    name: 'many lines before',
    maps: `${`${mapping}/lib/x\n`.repeat(5000)}${mapping} [anon:OTEL_CTX]`,
    found: true,
  },
  {
    name: 'a huge line before',
    maps: `${'x'.repeat(200_000)}\n${mapping} [anon:OTEL_CTX]`,
    found: true,
  },
  {
    name: 'another mark',
    maps: `${mapping} [anon:OTEL_CTX]`,
    header: { mark: 'OTEL_CTY' },
    found: false,
  },
  {
    name: 'another version',
    maps: `${mapping} [anon:OTEL_CTX]`,
    header: { version: 1 },
    found: false,
  },
  {
    name: 'a payload beyond the memory',
    maps: `${mapping} [anon:OTEL_CTX]`,
    header: { at: 2n ** 40n },
    found: false,
  },
  {
    name: 'a payload at no address',
    maps: `${mapping} [anon:OTEL_CTX]`,
    header: { at: 2n ** 64n - 1n },
    found: false,
  },
  {
    name: 'a size of 4 GiB',
    maps: `${mapping} [anon:OTEL_CTX]`,
    header: { size: 2 ** 32 - 1 },
    found: false,
  },
  {
    name: 'a payload just under 64 KiB',
    maps: `${mapping} [anon:OTEL_CTX]`,
    header: { more: 'x'.repeat(65_000) },
    found: true,
  },
  {
    name: 'a payload over 64 KiB',
    maps: `${mapping} [anon:OTEL_CTX]`,
    header: { more: 'x'.repeat(66_000) },
    found: false,
  },
])('a mapping with $name: $found', ({ maps, header = {}, found, end: last = '\n' }) => {
  const tree = new ProcTree()
  tree.write('proc/7/maps', maps + last)
  tree.write('proc/7/mem', memoryOf(header))
  const contexts = new ProcessContextReader(new BoundedFiles(), tree.procRoot)
  expect(contexts.read(7)?.attributes.get('a')).toBe(found ? '1' : undefined)
  tree.delete()
})
