import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Pace } from '../../../src/exporter/wire/pace.ts'

const much = 64 * 1024 * 1024

test('a backend that takes what is queued is waited for', async () => {
  let bytes = much
  const pace = new Pace(() => bytes)
  let isEasy = false
  const waiting = pace.easy().then(() => (isEasy = true))
  await sleep(20)
  expect(isEasy).toBe(false)
  bytes = 0
  await waiting
  await pace.easy()
})

test('one that takes nothing is not, until it has taken all', async () => {
  let bytes = much
  const pace = new Pace(() => bytes)
  await pace.easy()
  let turns = 0
  const counting = setInterval(() => {
    turns += 1
  }, 1)
  await pace.easy()
  expect(turns).toBe(0)
  bytes = 0
  await pace.easy()
  bytes = much
  const waiting = pace.easy()
  await sleep(20)
  expect(turns).toBeGreaterThan(0)
  clearInterval(counting)
  bytes = 0
  await waiting
})
