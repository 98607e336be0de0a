import { expect, test } from 'vitest'
import { Companions } from '../../../src/receiver/nettracer/companions.ts'

class Names {
  running = 0
  readonly fails: boolean

  constructor(fails = false) {
    this.fails = fails
  }

  async start(): Promise<void> {
    if (this.fails) throw new Error('no socket')
    this.running += 1
  }

  async stop(): Promise<void> {
    if (this.fails) throw new Error('no stop')
    this.running -= 1
  }
}

function told() {
  const warnings: unknown[] = []
  const failing = new Map<string, string>()
  const settings = {
    logger: { warn: (_: string, fields?: object) => void warnings.push(fields) },
    health: {
      failing: (what: string, reason: string) => void failing.set(what, reason),
      working: (what: string) => void failing.delete(what),
    },
  }
  return { settings, warnings, failing }
}

test('one whose section did not change goes on over a reload; the others stop', async () => {
  const { settings } = told()
  const before = new Companions(settings)
  const kept = before.keep('containers', { enabled: true }, Names, () => new Names())
  const changed = before.keep('kubernetes', { enabled: true }, Names, () => new Names())
  await before.start()

  const after = new Companions(settings, before)
  expect(after.keep('containers', { enabled: true }, Names, () => new Names())).toBe(kept)
  const anew = after.keep('kubernetes', { enabled: false }, Names, () => new Names())
  expect(anew).not.toBe(changed)
  await before.stop()
  await after.start()
  expect([kept.running, changed.running, anew.running]).toEqual([1, 0, 1])
  await after.stop()
  await after.stop()
  expect([kept.running, anew.running]).toEqual([0, 0])
})

test('one that does not start is told of, and the others run', async () => {
  const { settings, warnings, failing } = told()
  const companions = new Companions(settings)
  companions.keep('containers', {}, Names, () => new Names(true))
  const names = companions.keep('kubernetes', {}, Names, () => new Names())
  await companions.start()
  expect(names.running).toBe(1)
  expect(warnings).toEqual([{ section: 'containers', reason: 'no socket' }])
  expect([...failing]).toEqual([['containers', 'containers did not start: no socket']])
  await companions.stop()
  expect(names.running).toBe(0)
  expect(failing.size).toBe(0)
  expect(warnings).toHaveLength(2)
})
