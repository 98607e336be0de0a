import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { pprofConfig } from '../../../src/extension/pprof/config.ts'
import { Pprof } from '../../../src/extension/pprof/pprof.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

const patience = { timeout: 10_000 }

async function running(config: object = {}) {
  const { settings } = recordedSettings('pprof')
  const pprof = new Pprof(settings, pprofConfig.parse({ endpoint: '127.0.0.1:0', ...config }))
  await pprof.start()
  onTestFinished(() => pprof.shutdown())
  const ask = (path: string, init?: RequestInit) =>
    fetch(`http://127.0.0.1:${pprof.port}/debug/pprof/${path}`, init)
  return { pprof, ask }
}

/** Names of functions in a tree of call frames. */
function namesIn(profile: { nodes: { callFrame: { functionName: string } }[] }): string[] {
  return profile.nodes.map(({ callFrame }) => callFrame.functionName)
}

test('a CPU profile has what ran meanwhile', async () => {
  const { ask } = await running()
  let isOver = false
  const asked = ask('profile?seconds=0.5').finally(() => {
    isOver = true
  })
  while (!isOver) {
    fibonacci(22)
    await sleep(1)
  }
  const response = await asked
  expect(response.headers.get('content-disposition')).toContain('nettracer.cpuprofile')
  const profile = (await response.json()) as Parameters<typeof namesIn>[0]
  expect(namesIn(profile)).toContain('fibonacci')
})

function fibonacci(of: number): number {
  return of < 2 ? of : fibonacci(of - 1) + fibonacci(of - 2)
}

test('a heap profile has what was allocated and lives', async () => {
  const { ask } = await running()
  const response = await ask('heap?seconds=0.1')
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ head: { callFrame: expect.anything() } })
})

test('only one profile is taken at a time; one whose reader has gone makes room', async () => {
  const { ask } = await running()
  const leave = new AbortController()
  const first = ask('profile?seconds=50', { signal: leave.signal }).catch(() => 'gone')
  await sleep(200)
  await expect.poll(async () => (await ask('heap?seconds=0.01')).status, patience).toBe(503)
  leave.abort()
  expect(await first).toBe('gone')
  await expect.poll(async () => (await ask('heap?seconds=0.01')).status, patience).toBe(200)
})

test('a stop ends a profile that is being taken', async () => {
  const { pprof, ask } = await running()
  const first = ask('profile?seconds=50').then(
    ({ status }) => status,
    () => 'gone',
  )
  await sleep(200)
  await expect.poll(async () => (await ask('heap?seconds=0.01')).status, patience).toBe(503)
  await pprof.shutdown()
  expect(['gone', 200]).toContain(await first)
})

test.each(['0', '-1', '61', 'x', ''])('%s seconds are refused', async (seconds) => {
  const { ask } = await running()
  expect((await ask(`profile?seconds=${seconds}`)).status).toBe(400)
})

test('there is a list, and nothing else', async () => {
  const { ask } = await running()
  expect(await (await ask('')).text()).toContain('/debug/pprof/heap')
  expect((await ask('goroutine')).status).toBe(404)
})

test('an address that others can reach needs a word for it', () => {
  const fails = (config: object) => !pprofConfig.safeParse(config).success
  expect(fails({ endpoint: '0.0.0.0:1777' })).toBe(true)
  expect(fails({ endpoint: ':1777' })).toBe(true)
  expect(fails({ endpoint: '0.0.0.0:1777', allow_remote: true })).toBe(false)
  expect(fails({ endpoint: '[::1]:1777' })).toBe(false)
  expect(fails({ block_profile_fraction: 1 })).toBe(true)
  expect(fails({ max_duration: '11m' })).toBe(true)
})
