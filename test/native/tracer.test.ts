import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createTracer, objectPath, type Tracer } from '../../src/source/addon.ts'
import { refusedByPolicy } from '../support/source.ts'

const room = () => new Uint8Array(256 << 10)

function openTracer(): Tracer {
  const tracer = createTracer()
  onTestFinished(() => tracer.close())
  tracer.open({ path: objectPath })
  return tracer
}

/** Every method with arguments that are right. */
const calls: Record<string, (tracer: Tracer) => unknown> = {
  layout: (tracer) => tracer.layout(['total']),
  drain: (tracer) => tracer.drain(room()),
  readPass: (tracer) => tracer.readPass('socket_pass', room()),
  takeMap: (tracer) => tracer.takeMap('remainder_1', room()),
  lookUp: (tracer) => tracer.lookUp('losses', new Uint8Array(4), new Uint8Array(8)),
  update: (tracer) => tracer.update('filled_map', new Uint8Array(4), new Uint8Array(4)),
  statistics: (tracer) => tracer.statistics(),
}
const names = Object.keys(calls)

const call = async (name: string, tracer: Tracer): Promise<unknown> => calls[name]?.(tracer)

test.each(names)('%s before open is refused', async (name) => {
  await expect(call(name, createTracer())).rejects.toMatchObject({
    code: 'NETTRACER_ERR_TRACER_CLOSED',
  })
})

test.each(names)('%s after close is refused', async (name) => {
  const tracer = openTracer()
  await call(name, tracer)
  tracer.close()
  await expect(call(name, tracer)).rejects.toMatchObject({ code: 'NETTRACER_ERR_TRACER_CLOSED' })
})

test.each(names)('%s may be called twice', async (name) => {
  const tracer = openTracer()
  const first = await call(name, tracer)
  expect(typeof (await call(name, tracer))).toBe(typeof first)
})

test('close is safe before open, twice, and after a failed open', () => {
  const tracer = createTracer()
  tracer.close()
  expect(() => tracer.open({ path: '/dev/null' })).toThrow('/dev/null')
  tracer.close()
  tracer.close()
  expect(tracer.open({ path: objectPath }).length).toBeGreaterThan(0)
  tracer.close()
})

test('free memory is given back at any stage', async () => {
  const tracer = createTracer()
  tracer.trim()
  tracer.open({ path: objectPath })
  const pass = tracer.readPass('socket_pass', room())
  tracer.trim()
  tracer.close()
  tracer.trim()
  await expect(pass).resolves.toBeTypeOf('number')
})

test('open twice is refused, and the first one goes on', () => {
  const tracer = openTracer()
  expect(() => tracer.open({ path: objectPath })).toThrow(TypeError)
  expect(tracer.drain(room())).toBeGreaterThanOrEqual(0)
})

test('a tracer opens again after it was closed', () => {
  const tracer = openTracer()
  for (let round = 0; round < 3; round += 1) {
    tracer.close()
    // Programs of a cgroup need its path.
    const leaveOut = ['datagram_socket_released', ...refusedByPolicy]
    const others = tracer.open({ path: objectPath, leaveOut })
    expect(
      others
        .filter(({ attached }) => !attached)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(leaveOut)
  }
})

test.each([
  ['open', undefined],
  ['open', 1],
  ['open', 'path'],
  ['open', null],
  ['drain', undefined],
  ['drain', new Uint16Array(9)],
  ['drain', new DataView(new ArrayBuffer(9))],
  ['drain', [1, 2]],
  ['drain', {}],
] as [keyof Tracer, unknown][])('%s(%s) is a TypeError', (method, argument) => {
  const tracer = method === 'open' ? createTracer() : openTracer()
  expect(() => (tracer[method] as (argument: unknown) => unknown)(argument)).toThrow(TypeError)
})

test.each([
  ['readPass', ['socket_pass', 'x']],
  ['readPass', []],
  ['readPass', [undefined, undefined]],
  ['takeMap', ['losses']],
  ['takeMap', ['losses', new Float64Array(8)]],
  ['lookUp', ['losses', new Uint8Array(4)]],
  ['lookUp', ['losses', 4, 8]],
  ['update', ['losses', new Uint8Array(4), null]],
] as [keyof Tracer, unknown[]][])('%s(%j) is a TypeError', (method, args) => {
  const tracer = openTracer()
  const invoke = tracer[method] as (...args: unknown[]) => unknown
  expect(() => invoke.apply(tracer, args)).toThrow(TypeError)
})

test.each([
  [
    'a name that is a symbol',
    /symbol/i,
    () => openTracer().layout([Symbol('x') as unknown as string]),
  ],
  ['a name that throws', 'no string', () => openTracer().layout([thrower as unknown as string])],
  [
    'a path that throws',
    'no string',
    () => createTracer().open({ path: thrower as unknown as string }),
  ],
])('%s throws what JavaScript throws', (_what, message, act) => {
  expect(act).toThrow(message)
})

const thrower = {
  toString(): string {
    throw new RangeError('no string')
  },
}

test('methods on another object are a TypeError', () => {
  const { drain, close } = Object.getPrototypeOf(createTracer()) as Record<string, () => unknown>
  expect(() => drain?.call({})).toThrow(TypeError)
  expect(() => close?.call(Object.create({}))).toThrow(TypeError)
})

test.each([
  ['a map that is not there', (tracer: Tracer) => tracer.takeMap('no such map', room())],
  [
    'a key that is too short',
    (tracer: Tracer) => tracer.lookUp('losses', new Uint8Array(3), new Uint8Array(8)),
  ],
  [
    'a value that is too short',
    (tracer: Tracer) => tracer.lookUp('losses', new Uint8Array(4), new Uint8Array(7)),
  ],
  [
    'a value that is too long',
    (tracer: Tracer) => tracer.update('losses', new Uint8Array(4), new Uint8Array(9)),
  ],
  [
    'an index that is not there',
    (tracer: Tracer) => tracer.lookUp('losses', Uint8Array.of(99, 0, 0, 0), new Uint8Array(8)),
  ],
  ['a ring taken for a hash map', (tracer: Tracer) => tracer.takeMap('records', room())],
  ['a buffer smaller than a record', (tracer: Tracer) => tracer.drain(new Uint8Array(8))],
  ['an empty buffer', (tracer: Tracer) => tracer.drain(new Uint8Array(0))],
])('%s is refused with a code', (_what, act) => {
  const tracer = openTracer()
  expect(() => act(tracer)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^NETTRACER_ERR_/) }),
  )
})

test.each(['socket_state', 'no such pass', ''])('a pass of %j is refused', async (program) => {
  await expect(openTracer().readPass(program, room())).rejects.toMatchObject({
    code: 'NETTRACER_ERR_PASS_READ',
  })
})

test('a second pass while one is being read is refused, and the first goes on', async () => {
  const tracer = openTracer()
  const first = tracer.readPass('file_pass', room())
  await expect(call('readPass', tracer)).rejects.toThrow(/being read already/)
  await first
  await tracer.readPass('socket_pass', room())
})

test('close during a pass lets it end, and then frees the kernel’s side', async () => {
  const before = held()
  const tracer = openTracer()
  const pass = tracer.readPass('file_pass', room())
  tracer.close()
  expect(() => tracer.drain(room())).toThrow(/not open/)
  expect(await pass).toBeGreaterThanOrEqual(0)
  await collectGarbage()
  expect(held()).toEqual(before)
})

/** What the kernel holds for this process: file descriptors, and those of BPF by kind. */
function held(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const fd of readdirSync('/proc/self/fd')) {
    const link = join('/proc/self/fd', fd)
    const target = existsSync(link) || !link ? readlinkSync(link) : ''
    const kind = /bpf[-_]\w+|bpf_link/.exec(target)?.[0]
    if (kind) counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}

async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.()
    await setTimeout(5)
  }
}

test('50 times open and close leave nothing behind', async () => {
  const before = held()
  const fds = readdirSync('/proc/self/fd').length
  const opened: Record<string, number>[] = []
  for (let round = 0; round < 50; round += 1) {
    const tracer = createTracer()
    tracer.open({ path: objectPath })
    opened.push(held())
    if (round % 2 === 0) await tracer.readPass('socket_pass', room())
    tracer.close()
  }
  // What is counted is there while a tracer is open, and the same each time.
  expect(opened[0]).not.toEqual(before)
  expect(opened).toEqual(opened.map(() => opened[0]))
  expect(held()).toEqual(before)
  expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(fds)
})

test('an open tracer that nobody holds is collected, with all its descriptors', async () => {
  const before = held()
  const forget = (): void => {
    createTracer().open({ path: objectPath })
  }
  for (let round = 0; round < 5; round += 1) forget()
  await collectGarbage()
  expect(held()).toEqual(before)
})

test('a pass goes on although nobody holds the tracer or the buffer', async () => {
  const begin = (): Promise<number> => {
    const tracer = createTracer()
    tracer.open({ path: objectPath })
    return tracer.readPass('file_pass', new Uint8Array(1 << 20))
  }
  const before = held()
  const passes = [begin(), begin(), begin()]
  await collectGarbage()
  for (const used of await Promise.all(passes)) expect(used).toBeGreaterThanOrEqual(0)
  await collectGarbage()
  expect(held()).toEqual(before)
})

test('a failed open leaves nothing behind', () => {
  const before = held()
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const path of [folder, join(folder, 'missing'), '/dev/null', '']) {
    expect(() => createTracer().open({ path })).toThrow(
      expect.objectContaining({ code: 'NETTRACER_ERR_OBJECT_OPEN' }),
    )
  }
  expect(held()).toEqual(before)
})

test('buffers that share memory, or are views of a part of it, are written in their bounds', () => {
  const tracer = openTracer()
  const whole = new Uint8Array(new SharedArrayBuffer(4096)).fill(0xee)
  const part = whole.subarray(1000, 2000)
  tracer.drain(part)
  tracer.lookUp('losses', new Uint8Array(4), whole.subarray(3000, 3008))
  expect(whole.subarray(0, 1000).every((byte) => byte === 0xee)).toBe(true)
  expect(whole.subarray(2000, 3000).every((byte) => byte === 0xee)).toBe(true)
  expect(whole.subarray(3008).every((byte) => byte === 0xee)).toBe(true)
})

test('a pass read into a small buffer hands out the same bytes as into a large one', async () => {
  const tracer = openTracer()
  const sizes: number[] = []
  for (const size of [64, 4096, 1 << 20]) {
    const into = new Uint8Array(size)
    let total = 0
    for (;;) {
      const used = await tracer.readPass('socket_pass', into)
      if (used === 0) break
      expect(used).toBeLessThanOrEqual(size)
      total += used
    }
    sizes.push(total)
  }
  expect(sizes.every((size) => size > 0)).toBe(true)
})

test('the layout names each struct and each of its fields', () => {
  const lines = openTracer().layout(['summary_record', 'no such struct']).trim().split('\n')
  expect(lines).toEqual([
    'struct summary_record 24',
    'header.kind 0 4',
    'header.size 4 4',
    'sockets 8 4',
    'unowned 12 4',
    'connections 16 4',
    'reserved 20 4',
    'missing no such struct',
  ])
})
