// The BPF object and the addon (make), and dist/ (tsc): each only if its sources changed.

import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { digest, makeOnce } from './stamp.js'
import { runStep } from './step.js'

const configs = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json']

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export async function buildNative(root, env) {
  const upToDate = spawnSync('make', ['--question', 'all'], { cwd: root, env, stdio: 'ignore' })
  if (upToDate.status === 0) return
  await runStep({
    name: 'make',
    doing: 'building the BPF programs and the addon',
    remedy: 'if the sources are unchanged, run make clean and this again',
    root,
    env,
    command: 'make',
    args: ['--jobs=2', 'all'],
  })
}

/**
 * @param {string} root
 * @param {string} node
 * @param {NodeJS.ProcessEnv} env
 */
export function buildDist(root, node, env) {
  return makeOnce({
    root,
    stamp: 'build/dist.digest',
    key: digest(root, ['src', ...configs]),
    isThere: () => existsSync(join(root, 'dist/cli/main.js')),
    make: () => {
      rmSync(join(root, 'dist'), { recursive: true, force: true })
      return runStep({
        name: 'tsc',
        doing: 'compiling TypeScript',
        remedy: 'correct the errors above, then run this again',
        root,
        env,
        command: node,
        args: ['node_modules/typescript/bin/tsc', '--project', 'tsconfig.build.json'],
      })
    },
  })
}
