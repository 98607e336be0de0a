import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lock } from '../../../tools/bootstrap/lock.js'

const lockModule = join(import.meta.dirname, '../../../tools/bootstrap/lock.js')

/** Another process that takes the lock and says so. */
function contender(root: string): { took: Promise<unknown>; stop: () => Promise<unknown> } {
  const script = `import { lock } from ${JSON.stringify(lockModule)}
    lock(${JSON.stringify(root)}); console.log('took'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = once(child, 'exit')
  const stop = (): Promise<unknown> => {
    child.kill('SIGKILL')
    return ended
  }
  onTestFinished(() => void stop())
  return { took: once(child.stdout, 'data'), stop }
}

function folder(): string {
  const root = mkdtempSync(join(tmpdir(), 'nettracer-lock-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}

test('a second process gets the lock when the first lets go, and not before', async () => {
  const root = folder()
  const order: string[] = []
  const unlock = lock(root)
  const other = contender(root)
  const took = other.took.then(() => order.push('took'))
  await new Promise((resolve) => setTimeout(resolve, 300))
  order.push('let go')
  unlock()
  await took

  expect(order).toEqual(['let go', 'took'])
})

test('a process that is killed leaves no lock behind', async () => {
  const root = folder()
  const other = contender(root)
  await other.took
  await other.stop()

  const unlock = lock(root)
  expect(unlock).toBeTypeOf('function')
  unlock()
})
