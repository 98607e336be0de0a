// A stamp says from which inputs something was made, by their content: it is made again when they differ.

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * @param {string} root
 * @param {readonly string[]} inputs files and folders, relative to `root`; missing ones count as empty
 * @param {string} [also] what else the result depends on
 */
export function digest(root, inputs, also = '') {
  const hash = createHash('sha256').update(also)
  for (const file of inputs.flatMap((input) => filesOf(root, input))) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {string[]}
 */
function filesOf(root, path) {
  try {
    const entries = readdirSync(join(root, path), { withFileTypes: true })
    return entries
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        const inner = `${path}/${entry.name}`
        return entry.isDirectory() ? filesOf(root, inner) : [inner]
      })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOTDIR') return [path]
    if (code === 'ENOENT') return []
    throw error
  }
}

/**
 * Runs `make` unless the stamp says that these inputs were made already.
 * @param {{ root: string, stamp: string, key: string, isThere: () => boolean, make: () => Promise<void> }} work
 */
export async function makeOnce({ root, stamp, key, isThere, make }) {
  const file = join(root, stamp)
  if (isThere() && read(file) === key) return
  await make()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, key)
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
