import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ConfigWatch } from '../../src/cli/config-watch.ts'

function watched() {
  vi.useFakeTimers()
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-watch-'))
  onTestFinished(() => {
    vi.useRealTimers()
    rmSync(folder, { recursive: true })
  })
  const path = join(folder, 'c.yaml')
  writeFileSync(path, 'a')
  let changes = 0
  const watch = new ConfigWatch(() => (changes += 1))
  watch.watch([path], 1000)
  const changesAfter = (change: () => void) => {
    const before = changes
    change()
    vi.advanceTimersByTime(3000)
    return changes - before
  }
  return { path, folder, watch, changesAfter }
}

test('each change is told once, and no change not at all', () => {
  const { path, folder, changesAfter } = watched()
  expect(changesAfter(() => {})).toBe(0)
  expect(changesAfter(() => writeFileSync(path, 'longer'))).toBe(1)
  const other = join(folder, 'other')
  writeFileSync(other, 'longer')
  expect(changesAfter(() => renameSync(other, path))).toBe(1)
  expect(changesAfter(() => unlinkSync(path))).toBe(1)
  expect(changesAfter(() => writeFileSync(path, 'b'))).toBe(1)
})

test('a link that is led to another file is a change', () => {
  const { folder, watch, changesAfter } = watched()
  const [link, next] = [join(folder, 'link'), join(folder, 'next')]
  for (const name of ['v1', 'v2']) writeFileSync(join(folder, name), 'same')
  symlinkSync(join(folder, 'v1'), link)
  watch.watch([link], 1000)
  expect(
    changesAfter(() => {
      symlinkSync(join(folder, 'v2'), next)
      renameSync(next, link)
    }),
  ).toBe(1)
})

test('without an interval nobody looks', () => {
  const { path, watch, changesAfter } = watched()
  watch.watch([path], undefined)
  expect(changesAfter(() => writeFileSync(path, 'longer'))).toBe(0)
})
