import { readFileSync, readlinkSync } from 'node:fs'

/** PROC_CGROUP_INIT_INO of include/linux/proc_ns.h: the machine's first namespace of control groups. */
const hostCgroupNamespace = 'cgroup:[4026531835]'

/** Where to look; by default the kernel's own files. */
export interface CgroupFiles {
  readonly mountinfo?: string
  /** Link to the namespace of control groups that this process is in. */
  readonly namespace?: string
}

/**
 * Where the tree of cgroup v2 is mounted from the machine's root on, as `/proc/PID/mountinfo` says: beside the older version or
 * alone. A container mostly has a namespace of its own, in which `/` is the container's control group and the way to the
 * machine's root begins with `/..`: such a mount is one that was handed to it from outside.
 *
 * @returns `undefined` where it is not
 */
export function findCgroupRoot(files: CgroupFiles = {}): string | undefined {
  const { mountinfo = '/proc/self/mountinfo', namespace = '/proc/self/ns/cgroup' } = files
  const isHosts = readlinkSync(namespace) === hostCgroupNamespace
  const isRoot = (root: string): boolean => (isHosts ? root === '/' : /^(?:\/\.\.)+$/.test(root))
  const mounts = readFileSync(mountinfo, 'utf8').split('\n').map(rootAndPlace)
  return mounts.find(({ root, place }) => place !== '' && isRoot(root))?.place
}

/** Of a mount of cgroup v2, else empty. */
function rootAndPlace(line: string): { root: string; place: string } {
  const [mount = '', filesystem = ''] = line.split(' - ')
  if (!filesystem.startsWith('cgroup2 ')) return { root: '', place: '' }
  const [, , , root = '', path = ''] = mount.split(' ')
  const place = path.replaceAll(/\\(\d{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
  return { root, place }
}
