// `npm run check`: every check that needs no root, each with its time. All run, so that one run tells
// all that is wrong. Arguments choose checks by name, e.g. `npm run check -- lint types`, or leave some out: `'!unit'`.

import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from './machine.js'
import { prepare, root, run } from './prepare.js'

/** @typedef {{ name: string, command: string, args: readonly string[] }} Check */

/**
 * @param {string} folder
 * @param {RegExp} pattern
 */
function files(folder, pattern) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder))
    .filter((name) => pattern.test(name))
    .map((name) => `${folder}/${name}`)
}

/** @returns {Check[]} */
function allChecks() {
  const cFiles = ['bpf', 'native', 'bench'].flatMap((folder) => files(folder, /\.(c|cc|h)$/))
  const generators = files('tools', /^generate-.*\.ts$/)
  return [
    { name: 'format', command: 'biome', args: ['ci', '--colors=off', '--max-diagnostics=20'] },
    { name: 'clang-format', command: 'clang-format-19', args: ['--dry-run', '-Werror', ...cFiles] },
    { name: 'lint', command: 'oxlint', args: [] },
    { name: 'types', command: 'tsc', args: ['--project', '.'] },
    { name: 'build-types', command: 'tsc', args: ['--project', 'tsconfig.build.json', '--noEmit'] },
    { name: 'boundaries', command: 'node', args: ['tools/check-boundaries.ts'] },
    { name: 'dead-code', command: 'knip', args: ['--no-progress'] },
    ...generators.map((file) => ({
      name: file.replace(/^tools\/|\.ts$/g, ''),
      command: 'node',
      args: [file, '--check'],
    })),
    { name: 'warnings', command: 'make', args: ['--silent', 'warnings'] },
    { name: 'libraries', command: 'make', args: ['--silent', 'check-needed'] },
    { name: 'unit', command: 'vitest', args: ['run', '--project', 'unit', '--reporter=dot'] },
  ]
}

/**
 * @param {Check} check
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<boolean>} whether it passed; its output is shown if not
 */
function pass({ name, command, args }, env) {
  const start = performance.now()
  return new Promise((resolve) => {
    /** @type {Buffer[]} */
    const output = []
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', (chunk) => output.push(chunk))
    child.stderr.on('data', (chunk) => output.push(chunk))
    child.on('error', (error) => output.push(Buffer.from(`${error.message}\n`)))
    child.on('close', (code) => {
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      if (code !== 0) process.stdout.write(Buffer.concat(output))
      process.stdout.write(`check: ${name} ${code === 0 ? 'ok' : 'FAILED'}, ${seconds} s\n`)
      resolve(code === 0)
    })
  })
}

await run(async () => {
  const wanted = process.argv.slice(2)
  const { env } = await prepare({ forChecks: true })
  const named = wanted.filter((name) => !name.startsWith('!'))
  const checks = allChecks().filter(
    ({ name }) => (named.length === 0 || named.includes(name)) && !wanted.includes(`!${name}`),
  )
  if (checks.length === 0) throw new Refusal(`no check is named ${wanted.join(', ')}`)
  const failed = []
  for (const check of checks) if (!(await pass(check, env))) failed.push(check.name)
  const verdict = failed.length === 0 ? 'all passed' : `failed: ${failed.join(', ')}`
  process.stdout.write(`check: ${checks.length} checks, ${verdict}\n`)
  return failed.length === 0 ? 0 : 1
})
