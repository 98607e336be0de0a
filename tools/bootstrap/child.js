// Runs a program in this terminal and ends as it ends.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'

const orphanCheckMs = 500

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, cwd?: string }} options
 * @returns {Promise<number>} its exit code; 128 and the signal's number if a signal ended it, as in a shell
 */
export function runInTerminal(command, args, { env, cwd }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio: 'inherit' })
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
      process.on(signal, () => {
        if (signal === 'SIGINT' && isForeground()) return
        child.kill(signal)
      })
    }
    // npm hands SIGTERM on to us and ends at once by other signals: then the child must not stay behind.
    if (process.env.npm_lifecycle_event !== undefined) onOrphaned(() => child.kill('SIGTERM'))
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal])
    })
  })
}

/**
 * Calls back once the parent of this process has ended.
 * @param {() => void} callback
 */
function onOrphaned(callback) {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    callback()
  }, orphanCheckMs)
  timer.unref()
}

/**
 * In the foreground of a terminal, Ctrl-C reaches the child by itself; a second SIGINT from here would
 * look like an impatient user. Fields 5 and 8 of proc_pid_stat(5): our process group, the foreground one.
 */
function isForeground() {
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ').at(-1)?.split(' ') ?? []
  return fields[2] === fields[5]
}
