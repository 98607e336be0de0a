// From a fresh checkout to something that runs: Debian packages, Node, npm packages, build. What is
// there already is left alone, so that the second time takes a fraction of a second.

import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildDist, buildNative } from './build.js'
import { lock } from './lock.js'
import { Refusal } from './machine.js'
import { ensureArm64Node, ensureNode } from './node-runtime.js'
import { ensureNpmPackages } from './npm-packages.js'
import { installIfPossible, installMissing } from './packages.js'
import {
  arm64Requirements,
  buildRequirements,
  checkRequirements,
  emulatorRequirements,
  engineRequirements,
  findBpftool,
  findClang,
  testRequirements,
  unpackFolder,
} from './requirements.js'
import { say } from './step.js'

/** The repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** @typedef {{ node: string, env: NodeJS.ProcessEnv }} Prepared `env` has that Node, the tools and the packages' commands in its PATH */

/**
 * @param {{ forTests?: boolean, forKernels?: boolean, forArm64?: boolean, forChecks?: boolean, dist?: boolean }} [wanted] `dist`: compile TypeScript too;
 * `forArm64`: to test that architecture on another
 * @returns {Promise<Prepared>}
 */
export async function prepare({
  forTests = false,
  forKernels = false,
  forArm64 = false,
  forChecks = false,
  dist = false,
} = {}) {
  const unlock = lock(root)
  try {
    await installMissing(root, () => [
      ...buildRequirements(),
      ...(forTests ? testRequirements(root) : []),
      ...(forChecks ? checkRequirements() : []),
    ])
    await prepareForTests({ forTests, forKernels, forArm64 })
    const node = await ensureNode(root)
    const env = environment(node)
    await ensureNpmPackages(root, env)
    await buildNative(root, env)
    if (dist) await buildDist(root, node, env)
    return { node, env }
  } finally {
    unlock()
  }
}

/**
 * What some tests need, and are left out without.
 * @param {{ forTests: boolean, forKernels: boolean, forArm64: boolean }} wanted
 */
async function prepareForTests({ forTests, forKernels, forArm64 }) {
  if (forTests) await installIfPossible(root, () => engineRequirements(root))
  if (forKernels) await installIfPossible(root, emulatorRequirements)
  if (!forArm64) return
  await installIfPossible(root, arm64Requirements)
  await ensureArm64Node(root)
}

/** @param {string} node */
function environment(node) {
  const bpftool = findBpftool()
  const folders = [
    dirname(node),
    join(root, 'node_modules/.bin'),
    ...(bpftool === undefined ? [] : [dirname(bpftool)]),
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/sbin',
    join(unpackFolder(root), 'usr/bin'),
  ]
  return {
    ...process.env,
    PATH: [...new Set(folders)].join(delimiter),
    CLANG: findClang(),
    BPFTOOL: bpftool,
  }
}

/**
 * Runs a program of tools/bootstrap: its exit code becomes the process's, a refusal becomes one line.
 * @param {() => Promise<number>} main
 */
export async function run(main) {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    say(error.message)
    process.exitCode = 1
  }
}
