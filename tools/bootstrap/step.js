// Runs a program as one step of the preparation: its output goes to a log file, and the user sees one
// line that says what is being done, or one that says what failed and where the log is.

import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Refusal } from './machine.js'

const tailLines = 12

/** @param {string} line */
export function say(line) {
  process.stderr.write(`nettracer: ${line}\n`)
}

/**
 * @param {string} file
 * @returns {string} the last lines of a log, indented
 */
function tail(file) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines
    .slice(-tailLines)
    .map((line) => `    ${line}\n`)
    .join('')
}

/**
 * @param {string} folder
 * @param {string} file
 */
function openLog(folder, file) {
  try {
    mkdirSync(folder, { recursive: true })
    return openSync(file, 'w')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Refusal(
      `cannot write a log (${reason}); run this with sudo, or as the owner of that file`,
    )
  }
}

/**
 * @param {{
 *   name: string, doing: string, remedy: string, root: string, command: string, args: readonly string[],
 *   env?: NodeJS.ProcessEnv, cwd?: string,
 * }} step `name` is also the name of the log file
 * @returns {Promise<void>} rejects with a {@link Refusal} that names the log
 */
export async function runStep({
  name,
  doing,
  remedy,
  root,
  command,
  args,
  env = process.env,
  cwd = root,
}) {
  say(doing)
  const folder = join(root, 'build/log')
  const log = join(folder, `${name}.log`)
  const output = openLog(folder, log)
  const result = await new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', output, output] })
    child.on('error', (error) => resolve(error.message))
    child.on('exit', (code, signal) => resolve(signal ?? code))
  })
  closeSync(output)
  if (result === 0) return
  process.stderr.write(tail(log))
  const place = relative(process.cwd(), log)
  throw new Refusal(
    `failed (${result}): ${doing}; see ${place.startsWith('..') ? log : place}; ${remedy}`,
  )
}
