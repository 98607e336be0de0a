import { readdirSync, readlinkSync, statfsSync, statSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'

/** `NSFS_MAGIC` of include/uapi/linux/magic.h. */
const namespaceFiles = 0x6e73_6673
/** Processes that are looked at before other work gets its turn. */
const atOnce = 500

export interface NamespaceRoots {
  /** Empty: processes are not looked at. */
  readonly proc: string
  /** Where `ip netns` keeps names. */
  readonly named: string
}

/**
 * Network namespaces that a process lives in, or that have a name.
 *
 * @returns a file of each by its inode number
 */
export async function findNamespaces(roots: NamespaceRoots): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  let looked = 0
  for (const name of namesIn(roots.proc)) {
    if (!/^\d+$/.test(name)) continue
    const path = `${roots.proc}/${name}/ns/net`
    const inode = namespaceOf(path)
    if (inode !== 0 && !found.has(inode)) found.set(inode, path)
    looked += 1
    if (looked % atOnce === 0) await setImmediate()
  }
  for (const name of namesIn(roots.named)) {
    const path = `${roots.named}/${name}`
    const inode = inodeOf(path)
    if (inode !== 0 && !found.has(inode)) found.set(inode, path)
  }
  return found
}

/** @returns 0 where it cannot be told: the process ended, or is another user's */
export function namespaceOf(path: string): number {
  try {
    return Number(/^net:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** @returns 0 too where the name was left behind: a plain file, which no namespace is mounted on */
function inodeOf(path: string): number {
  try {
    return statfsSync(path).type === namespaceFiles ? statSync(path).ino : 0
  } catch {
    return 0
  }
}

function namesIn(directory: string): string[] {
  if (directory === '') return []
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
