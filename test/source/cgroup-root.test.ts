import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findCgroupRoot } from '../../src/source/cgroup-root.ts'

const v1 = '33 31 0:30 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory'
const part = '40 31 0:38 /docker/1 /mnt rw,relatime - cgroup2 cgroup2 rw'

test.each([
  {
    lines: [v1, '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw'],
    found: '/sys/fs/cgroup/unified',
  },
  { lines: ['41 31 0:38 / /sys/fs/cgroup rw shared:4 - cgroup2 none rw'], found: '/sys/fs/cgroup' },
  { lines: [String.raw`41 31 0:38 / /a\040b rw - cgroup2 none rw`], found: '/a b' },
  { lines: [v1, part], found: undefined },
  {
    lines: [
      '41 31 0:38 / /sys/fs/cgroup ro - cgroup2 cgroup rw',
      '42 31 0:38 /../../.. /host/cgroup ro - cgroup2 cgroup rw',
    ],
    inContainer: true,
    found: '/host/cgroup',
  },
  {
    lines: [
      '41 31 0:38 / /sys/fs/cgroup ro - cgroup2 cgroup rw',
      '42 31 0:38 /../other /host/cgroup ro - cgroup2 cgroup rw',
    ],
    inContainer: true,
    found: undefined,
  },
  { lines: ['', 'no mount at all', '- cgroup2 '], found: undefined },
])('the root of cgroup v2 in $lines: $found', ({ lines, found, inContainer = false }) => {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const mountinfo = join(folder, 'mountinfo')
  writeFileSync(mountinfo, lines.join('\n'))
  const namespace = join(folder, 'cgroup')
  symlinkSync(inContainer ? 'cgroup:[4026532345]' : 'cgroup:[4026531835]', namespace)
  expect(findCgroupRoot({ mountinfo, namespace })).toBe(found)
})
