import { readFileSync } from 'node:fs'

/**
 * Where the tree of cgroup v2 is mounted from its root on, as `/proc/PID/mountinfo` says: beside the older version or
 * alone.
 *
 * @returns `undefined` where it is not
 */
export function findCgroupRoot(mountinfo = '/proc/self/mountinfo'): string | undefined {
  const lines = readFileSync(mountinfo, 'utf8').split('\n')
  for (const line of lines) {
    const [mount = '', filesystem = ''] = line.split(' - ')
    const [, , , root, path] = mount.split(' ')
    if (filesystem.startsWith('cgroup2 ') && root === '/' && path !== undefined) {
      return path.replaceAll(/\\(\d{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      )
    }
  }
  return undefined
}
