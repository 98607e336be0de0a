import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findCgroupMount } from '../../../src/identity/cgroup-paths.ts'
import { until } from '../agent.ts'

/** Makes a control group, below one of the test's own; it goes with the test. @returns what runs a command in it */
export function inGroup(path: string): readonly string[] {
  const mount = findCgroupMount(readFileSync('/proc/self/mountinfo', 'utf8'))
  if (mount === undefined) throw new Error('no unified control group hierarchy is mounted')
  const top = join(mount, `nettracer-set-ups-${process.pid}`)
  const group = join(top, path)
  mkdirSync(group, { recursive: true })
  onTestFinished(async () => {
    writeFileSync(join(group, 'cgroup.kill'), '1')
    // The kernel lets go of a group a moment after its last process.
    await until('an empty group', () => isRemoved(group))
    // Other set-ups may have one beside it: the last one removes what they have in common.
    for (let one = dirname(group); one.startsWith(top); one = dirname(one)) isRemoved(one)
  })
  return ['sh', '-c', `echo $$ > '${group}/cgroup.procs' && exec "$@"`, 'sh']
}

function isRemoved(path: string): boolean {
  try {
    rmdirSync(path)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
  }
}
