// node_modules in step with package-lock.json, installed without running any package's install script.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { npmCommand } from './node-runtime.js'
import { digest, makeOnce } from './stamp.js'
import { runStep } from './step.js'

// Not `npm ci`: it refuses a lock that lacks packages of platforms which the registry at hand does not
// have. `npm install` keeps to the lock's versions and digests as well, and --no-save leaves it alone.
const flags = [
  '--no-save',
  '--ignore-scripts',
  '--include=dev',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
]

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export function ensureNpmPackages(root, env) {
  return makeOnce({
    root,
    // In node_modules: gone together with it.
    stamp: 'node_modules/.nettracer-lock-digest',
    key: digest(root, ['package-lock.json']),
    isThere: () => existsSync(join(root, 'node_modules/typescript')),
    make: () =>
      runStep({
        name: 'npm-install',
        doing: 'installing npm packages',
        remedy: 'check the network and the npm registry, then run this again',
        root,
        env,
        ...npmCommand(['install', ...flags]),
      }),
  })
}
