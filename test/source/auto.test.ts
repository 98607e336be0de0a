import { expect, test } from 'vitest'
import { NettracerError } from '../../src/shared/errors.ts'
import { AutoSource } from '../../src/source/auto.ts'
import { EbpfSource } from '../../src/source/ebpf.ts'
import { InetDiagSource } from '../../src/source/inet-diag.ts'
import type { Source } from '../../src/source/source.ts'
import { RecordingSink } from '../support/source.ts'

/** Starts, or throws what a test says. */
function scripted(name: Source['name'], thrown?: Error): Source & { calls: string[] } {
  const calls: string[] = []
  return {
    name,
    calls,
    start: async () => {
      calls.push('start')
      if (thrown !== undefined) throw thrown
    },
    drain: () => calls.push('drain') > 0,
    collect: async () => void calls.push('collect'),
    health: () => new EbpfSource().health(),
    stop: async () => void calls.push('stop'),
  }
}

const refused = () => new NettracerError('NETTRACER_ERR_OBJECT_LOAD', 'not permitted')
const none = (): Source => {
  throw new Error('no second source is needed')
}

test('the first source is used where it starts, without a remark', async () => {
  const first = scripted('ebpf')
  const source = new AutoSource({ createFirst: () => first, createSecond: none })
  await source.start(new RecordingSink())
  expect(source.drain()).toBe(true)
  await source.collect()
  await source.stop()
  expect(source).toMatchObject({ name: 'ebpf', remark: undefined })
  expect(first.calls).toEqual(['start', 'drain', 'collect', 'stop'])
})

test('where the first does not start the second does, and the remark says why', async () => {
  const first = scripted('ebpf', refused())
  const second = scripted('inet_diag')
  const source = new AutoSource({ createFirst: () => first, createSecond: () => second })
  await source.start(new RecordingSink())
  await source.collect()
  expect(first.calls).toEqual(['start', 'stop'])
  expect(second.calls).toEqual(['start', 'collect'])
  expect(source.name).toBe('inet_diag')
  expect(source.remark).toBe('the ebpf source cannot run here: not permitted')
})

test.each(['NETTRACER_ERR_ADDON_MISSING', 'NETTRACER_ERR_LAYOUT_MISMATCH'] as const)(
  '%s is to be repaired: no other source is tried',
  async (code) => {
    const first = scripted('ebpf', new NettracerError(code, 'built wrongly'))
    const source = new AutoSource({ createFirst: () => first, createSecond: none })
    await expect(source.start(new RecordingSink())).rejects.toMatchObject({ code })
    expect(first.calls).toEqual(['start', 'stop'])
  },
)

test('if neither starts, the reason of the second is thrown', async () => {
  const why = new NettracerError('NETTRACER_ERR_SOURCE_UNUSABLE', 'no netlink')
  const source = new AutoSource({
    createFirst: () => scripted('ebpf', refused()),
    createSecond: () => scripted('inet_diag', why),
  })
  await expect(source.start(new RecordingSink())).rejects.toBe(why)
})

test('before its start, and stopped, the netlink source does nothing', async () => {
  const source = new InetDiagSource()
  expect(source.drain()).toBe(false)
  await source.collect()
  await source.stop()
  await source.stop()
  expect(source.health()).toMatchObject({ records: 0, sockets: 0, netlink: { namespaces: 0 } })
})
