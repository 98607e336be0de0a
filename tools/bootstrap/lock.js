// One preparation at a time in a folder. flock(2) on a file that this process keeps open: the kernel
// lets go of it however the process ends, so there is no stale lock to clear.

import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from './machine.js'
import { say } from './step.js'

/**
 * Waits until no other process holds the lock.
 * @param {string} root
 * @returns {() => void} lets go
 */
export function lock(root) {
  mkdirSync(join(root, 'build'), { recursive: true })
  const file = openSync(join(root, 'build/prepare.lock'), 'w')
  if (flock(file, ['--nonblock', '3']) !== 0) {
    say('waiting for another npm start, test or check in this folder to finish its preparation')
    if (flock(file, ['3']) !== 0) throw new Refusal('could not lock build/prepare.lock')
  }
  return () => closeSync(file)
}

/**
 * The lock belongs to the open file, which flock(1) inherits as number 3 and leaves to us.
 * @param {number} file
 * @param {readonly string[]} args
 */
function flock(file, args) {
  const { status, error } = spawnSync('flock', args, {
    stdio: ['ignore', 'ignore', 'ignore', file],
  })
  if (error !== undefined) throw new Refusal(`needs flock (package util-linux): ${error.message}`)
  return status
}
