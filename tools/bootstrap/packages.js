// Installs the Debian or Ubuntu packages that are missing, and calls apt only then.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from './machine.js'
import { unpackFolder } from './requirements.js'
import { runStep, say } from './step.js'

/** @typedef {import('./requirements.js').Requirement} Requirement */

const environment = {
  ...process.env,
  DEBIAN_FRONTEND: 'noninteractive',
  // Ubuntu's needrestart would restart services of this host.
  NEEDRESTART_SUSPEND: '1',
}
const options = ['-y', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0']
const remedy = 'repair that with apt-get, then run this again'

/**
 * @param {string} root
 * @param {() => readonly Requirement[]} requirements asked again after an installation: one may ask for another
 */
export async function installMissing(root, requirements) {
  let missing = missingOf(requirements())
  if (missing.length === 0) return
  refuseWithoutApt(missing)

  await apt(root, 'refreshing the package lists', 'apt-update', ['update'])
  for (let round = 0; round < 2 && missing.length > 0; round += 1) {
    await install(root, missing)
    missing = missingOf(requirements())
  }
  if (missing.length > 0) {
    throw new Refusal(
      `still missing after apt-get: ${namesOf(missing)}; install them, then run this again`,
    )
  }
}

/**
 * For tests that are left out where their tools cannot be had: says so, and goes on.
 * @param {string} root
 * @param {() => readonly Requirement[]} requirements
 */
export async function installIfPossible(root, requirements) {
  try {
    await installMissing(root, requirements)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    say(`tests are left out: ${error.message}`)
  }
}

/** @param {readonly Requirement[]} requirements */
function missingOf(requirements) {
  return requirements.filter(({ find }) => find() === undefined)
}

/** @param {readonly Requirement[]} requirements */
function namesOf(requirements) {
  return requirements.map(({ name }) => name).join(', ')
}

/** @param {readonly Requirement[]} missing */
export function refuseWithoutApt(
  missing,
  hasApt = existsSync('/usr/bin/apt-get'),
  uid = process.getuid?.(),
) {
  if (!hasApt) {
    throw new Refusal(
      `no apt-get here; install these by hand, then run this again: ${namesOf(missing)}`,
    )
  }
  if (uid !== 0)
    throw new Refusal(`missing: ${namesOf(missing)}; run this with sudo to install them`)
}

/**
 * @param {string} root
 * @param {readonly Requirement[]} missing
 */
async function install(root, missing) {
  const wanted = missing.map((requirement) => ({
    ...requirement,
    package: knownPackage(requirement),
  }))
  const installed = wanted.filter(({ onlyUnpack }) => !onlyUnpack).map((each) => each.package)
  if (installed.length > 0) {
    await apt(root, `installing ${installed.join(' ')}`, 'apt-install', [
      'install',
      '--no-install-recommends',
      ...installed,
    ])
  }
  for (const each of wanted.filter(({ onlyUnpack }) => onlyUnpack)) await unpack(root, each.package)
}

/** @param {Requirement} requirement */
function knownPackage({ name, packages }) {
  const known = packages.find((candidate) => {
    const { stdout } = spawnSync('apt-cache', ['policy', candidate], { encoding: 'utf8' })
    return /Candidate: (?!\(none\))/.test(stdout)
  })
  if (known !== undefined) return known
  throw new Refusal(
    `apt-get knows no package ${packages.join(' or ')} for ${name}; add a package source that has it`,
  )
}

/**
 * Unpacks a package under build/: its server is not registered, so it does not run now or after a reboot. The libraries
 * that it needs are installed.
 * @param {string} root
 * @param {string} name
 */
async function unpack(root, name) {
  const folder = unpackFolder(root)
  mkdirSync(folder, { recursive: true })
  const doing = `unpacking ${name} under build/ (its server is not installed)`
  const libraries = `dpkg-deb -f "$1"_*.deb Depends | tr , '\\n' | sed -n 's/^ *\\(lib[^ (|:]*\\).*/\\1/p'`
  const script = [
    'rm -f -- "$1"_*.deb && apt-get download -- "$1" && dpkg-deb -x "$1"_*.deb .',
    `apt-get ${options.join(' ')} install --no-install-recommends $(${libraries})`,
    'rm -f -- "$1"_*.deb',
  ].join(' && ')
  await runStep({
    name: 'apt-unpack',
    doing,
    remedy,
    root,
    cwd: join(folder),
    command: 'sh',
    args: ['-c', script, 'sh', name],
    env: environment,
  })
}

/**
 * @param {string} root
 * @param {string} doing
 * @param {string} name
 * @param {readonly string[]} args
 */
function apt(root, doing, name, args) {
  return runStep({
    name,
    doing,
    remedy,
    root,
    command: 'apt-get',
    args: [...options, ...args],
    env: environment,
  })
}
