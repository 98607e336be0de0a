import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const childModule = join(import.meta.dirname, '../../../tools/bootstrap/child.js')

/** A process that runs a script in a child of its own with runInTerminal, and ends as that ends. */
function launcher(script: string): ChildProcess {
  const outer = `import { runInTerminal } from ${JSON.stringify(childModule)}
    const args = ['--eval', ${JSON.stringify(script)}]
    process.exitCode = await runInTerminal(process.execPath, args, { env: process.env })`
  const started = spawn(process.execPath, ['--input-type=module', '--eval', outer], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  onTestFinished(() => void started.kill('SIGKILL'))
  return started
}

test('the exit code is the child’s', async () => {
  expect(await once(launcher('process.exit(7)'), 'exit')).toEqual([7, null])
})

test('a child that a signal ended gives 128 and its number', async () => {
  expect(await once(launcher("process.kill(process.pid, 'SIGKILL')"), 'exit')).toEqual([137, null])
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s is handed on', async (signal) => {
  const started = launcher(
    `process.on('${signal}', () => process.exit(42)); console.log('ready'); setInterval(() => {}, 1000)`,
  )
  if (started.stdout === null) throw new TypeError('no output')
  await once(started.stdout, 'data')
  started.kill(signal)

  expect(await once(started, 'exit')).toEqual([42, null])
})
