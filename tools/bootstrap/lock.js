// One preparation at a time in a folder. flock(2) on a file that this process keeps open: the kernel
// lets go of it however the process ends, so there is no stale lock to clear.

import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from './machine.js'
import { say } from './step.js'

/**
 * Waits until no other process holds the lock.
 * @param {string} root
 * @returns {() => void} lets go
 */
export function lock(root) {
  const file = openLock(join(root, 'build'))
  if (flock(file, ['--nonblock', '3']) !== 0) {
    say('waiting for another npm start, test or check in this folder to finish its preparation')
    if (flock(file, ['3']) !== 0) throw new Refusal('could not lock build/prepare.lock')
  }
  return () => closeSync(file)
}

/**
 * Reading is enough for a lock, so that who prepared as root may check as themselves.
 * @param {string} folder
 */
function openLock(folder) {
  const path = join(folder, 'prepare.lock')
  try {
    mkdirSync(folder, { recursive: true })
    return openSync(path, existsSync(path) ? 'r' : 'w')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Refusal(`cannot write in ${folder} (${reason}); run this with sudo, or as its owner`)
  }
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
