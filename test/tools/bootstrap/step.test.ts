import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runStep } from '../../../tools/bootstrap/step.js'

function step(script: string): { root: string; run: () => Promise<void> } {
  const root = mkdtempSync(join(tmpdir(), 'nettracer-step-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const run = (): Promise<void> =>
    runStep({
      name: 'planted',
      doing: 'building it',
      remedy: 'try again',
      root,
      command: 'sh',
      args: ['-c', script],
    })
  return { root, run }
}

test('the output of a step is in its log', async () => {
  const { root, run } = step('echo out; echo err >&2')
  await run()

  expect(readFileSync(join(root, 'build/log/planted.log'), 'utf8')).toBe('out\nerr\n')
})

test.each([
  { script: 'exit 7', why: 7 },
  { script: 'kill -KILL $$', why: 'SIGKILL' },
])('a step that ends with $why says so, and names its log and what to do', async (planted) => {
  const { root, run } = step(planted.script)

  await expect(run()).rejects.toThrow(
    `failed (${planted.why}): building it; see ${join(root, 'build/log/planted.log')}; try again`,
  )
})
