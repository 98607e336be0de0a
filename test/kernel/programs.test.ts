import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { EbpfSource } from '../../src/source/ebpf.ts'
import { programLosses, requiredProgram } from '../../src/source/programs.ts'
import { createNamespace } from '../support/netns.ts'
import { RecordingSink, refusedByPolicy, watch } from '../support/source.ts'
import { connectPair, startPair } from '../support/traffic.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const optional = Object.keys(programLosses).filter((name) => name !== requiredProgram)

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

const startFailing = (settings: ConstructorParameters<typeof EbpfSource>[0]) =>
  new EbpfSource(settings).start(new RecordingSink())

test('all programs load and attach here', async () => {
  const seen = await watch([])
  const { programs } = seen.source.health()
  expect(programs.map(({ name }) => name).toSorted()).toEqual(Object.keys(programLosses).toSorted())
  const missing = programs.filter(({ attached }) => !attached)
  expect(missing.filter(({ name }) => !refusedByPolicy.includes(name))).toEqual([])
  expect(programs.filter(({ error }) => error !== undefined)).toEqual(missing)
})

test.each(optional)(
  'without %s the source starts, counts, and says what is missing',
  async (name) => {
    const namespace = await createNamespace()
    const seen = await watch([namespace], { leaveOut: [name] })
    const pair = await startPair({ from: namespace })
    await connectPair(pair)
    await pair.client.run('send(s, 10); s.close()')
    await pair.server.run('receive(c); c.close()')
    await seen.collectUntil(() => seen.sum({ port: pair.port }).closed === 2)

    expect(seen.sum({ pid: pair.client.pid, role: 'client' })).toMatchObject({
      opened: 1,
      closed: 1,
      active: 0,
      bytesTx: 10,
    })
    const missing = seen.source.health().programs.filter(({ attached }) => !attached)
    expect(
      missing.filter((one) => one.name === name || !refusedByPolicy.includes(one.name)),
    ).toEqual([
      {
        name,
        attached: false,
        error: expect.stringMatching(/./),
        missed: 0,
        loss: programLosses[name],
      },
    ])
  },
)

test('without any optional program, ends are counted still', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace], { leaveOut: optional })
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  await pair.client.run('send(s, 10); s.close()')
  await pair.server.run('receive(c); c.close()')
  await seen.collectUntil(() => seen.sum({ port: pair.port }).closed === 2)
  expect(seen.sum({ port: pair.port })).toMatchObject({ opened: 2, closed: 2, active: 0 })
})

test('without socket_state there is no source', async () => {
  await expect(startFailing({ leaveOut: [requiredProgram] })).rejects.toMatchObject({
    code: 'NETTRACER_ERR_SOURCE_UNUSABLE',
    message: expect.stringContaining(requiredProgram),
  })
})

test('an object with other records is refused', async () => {
  const folder = temporaryFolder()
  for (const part of ['bpf', 'Makefile']) {
    cpSync(join(root, part), join(folder, part), { recursive: true })
  }
  const header = join(folder, 'bpf/nettracer.h')
  const changed = readFileSync(header, 'utf8').replace(
    'struct counters {',
    'struct counters {\n\t__u64 more;',
  )
  writeFileSync(header, changed)
  const made = spawnSync('make', ['build/nettracer.bpf.o'], { cwd: folder, encoding: 'utf8' })
  expect(made).toMatchObject({ status: 0 })

  await expect(
    startFailing({ objectPath: join(folder, 'build/nettracer.bpf.o') }),
  ).rejects.toMatchObject({ code: 'NETTRACER_ERR_LAYOUT_MISMATCH' })
})

test.each([
  { what: 'is missing', make: undefined },
  { what: 'is empty', make: Buffer.alloc(0) },
  { what: 'is text', make: Buffer.from('not an object\n'.repeat(100)) },
  { what: 'is an ELF header and no more', make: Buffer.from('\x7fELF\x02\x01\x01', 'latin1') },
])('an object file that $what is refused, with its path', async ({ make }) => {
  const path = join(temporaryFolder(), 'nettracer.bpf.o')
  if (make) writeFileSync(path, make)
  await expect(startFailing({ objectPath: path })).rejects.toMatchObject({
    code: 'NETTRACER_ERR_OBJECT_OPEN',
    message: expect.stringContaining(path),
  })
})

test('an object that was cut anywhere is refused, never a crash', async () => {
  const whole = readFileSync(join(root, 'build/nettracer.bpf.o'))
  const path = join(temporaryFolder(), 'nettracer.bpf.o')
  for (let part = 1; part < 12; part += 1) {
    writeFileSync(path, whole.subarray(0, Math.floor((whole.length * part) / 12)))
    await expect(startFailing({ objectPath: path })).rejects.toMatchObject({
      code: expect.stringMatching(/^NETTRACER_ERR_/),
    })
  }
})

test.each([1, 1000, 5000])('a ring of %d bytes is refused or made to fit', async (ringBytes) => {
  const source = new EbpfSource({ ringBytes })
  onTestFinished(() => source.stop())
  const outcome = await source.start(new RecordingSink()).then(
    () => 'started',
    (thrown: { code?: string }) => thrown.code,
  )
  expect(['started', 'NETTRACER_ERR_OBJECT_LOAD']).toContain(outcome)
})

test('a process that may not load BPF is told so', () => {
  const script = `
    process.setgroups([]); process.setgid('nogroup'); process.setuid('nobody')
    const source = new EbpfSource()
    try {
      await source.start({})
    } catch (thrown) {
      const { code, message } = explainOpenError(thrown)
      console.log(JSON.stringify({ code, message }))
    }
    await source.collect()
    source.drain()
    await source.stop()`
  const module = (name: string) => JSON.stringify(join(root, `src/source/${name}.ts`))
  // Loaded before rights are dropped: the folders may be root's own.
  const load = `const { EbpfSource } = await import(${module('ebpf')})
const { explainOpenError } = await import(${module('open-errors')})`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', `${load}\n${script}`], {
    encoding: 'utf8',
  })
  expect(child).toMatchObject({ status: 0, stderr: '' })
  expect(JSON.parse(child.stdout)).toMatchObject({
    code: 'NETTRACER_ERR_OBJECT_LOAD',
    message: expect.stringMatching(/not permitted|denied/),
  })
})
