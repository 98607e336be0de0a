// `sudo npm test`: prepares what is missing, then runs every test. The last line of the output is
// `N passed, N failed`. Arguments go to vitest, e.g. `npm test -- --project unit`. Other kernels are booted
// only if their project is asked for: `--project=kernels`, or `--project=*` for all. Those of arm64 only if that is
// asked for as well: `-t arm64`.

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runInTerminal } from './child.js'
import { Refusal, requireLinux, requireRoot } from './machine.js'
import { prepare, root, run } from './prepare.js'
import { tally } from './tally.js'

const reportFile = join(root, 'build/test-report.json')

await run(async () => {
  requireLinux()
  requireRoot('npm test')
  const args = process.argv.slice(2)
  const forKernels = args.some((arg) => /^--project=(kernels|\*)$/.test(arg))
  const isChosen = args.some((arg) => arg.startsWith('--project'))
  const forArm64 =
    forKernels && process.arch !== 'arm64' && args.some((arg) => arg.includes('arm64'))
  const { node, env } = await prepare({ forTests: true, forKernels, forArm64, dist: true })
  rmSync(reportFile, { force: true })
  const vitest = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...(isChosen ? [] : ['--project=!kernels']),
    ...args,
  ]
  const exitCode = await runInTerminal(node, vitest, {
    env: { ...env, ...(forArm64 && { NETTRACER_TEST_ARM64: '1' }) },
    cwd: root,
  })
  const { line, isGreen } = tally(readReport(), exitCode)
  process.stdout.write(`${line}\n`)
  return isGreen ? 0 : 1
})

function readReport() {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8'))
  } catch {
    throw new Refusal('the tests ended without a report; see their output above')
  }
}
