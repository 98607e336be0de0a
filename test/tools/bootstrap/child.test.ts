import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const childModule = join(import.meta.dirname, '../../../tools/bootstrap/child.js')

/** A module that runs a script in a child of its own with runInTerminal, and ends as that ends. */
function outerModule(script: string): string {
  return `import { runInTerminal } from ${JSON.stringify(childModule)}
    const args = ['--eval', ${JSON.stringify(script)}]
    process.exitCode = await runInTerminal(process.execPath, args, { env: process.env })`
}

/** A process that runs a script in a child of its own with runInTerminal, and ends as that ends. */
function launcher(script: string): ChildProcess {
  const outer = outerModule(script)
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

test('under npm, the child is stopped when npm ends without a word', async () => {
  const script = `process.on('SIGTERM', () => { console.log('stopped'); process.exit(0) })
    console.log('ready'); setInterval(() => {}, 1000)`
  // The shell stands for npm: it waits for the process and is killed.
  const npm = spawn(
    'sh',
    ['-c', '"$0" --input-type=module --eval "$1"; exit', process.execPath, outerModule(script)],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, npm_lifecycle_event: 'start' } },
  )
  const lines: string[] = []
  npm.stdout.on('data', (chunk: Buffer) => {
    lines.push(...chunk.toString().trim().split('\n'))
    if (lines.at(-1) === 'ready') npm.kill('SIGKILL')
  })
  await once(npm.stdout, 'end')

  expect(lines).toEqual(['ready', 'stopped'])
})
