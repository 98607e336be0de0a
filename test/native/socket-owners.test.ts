import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ProcessSeen } from '../../src/connection/process.ts'
import { SocketOwners } from '../../src/source/inet-diag-processes.ts'

/** A /proc of its own, whose processes a test makes and ends. */
class Proc {
  readonly root = mkdtempSync(join(tmpdir(), 'nettracer-proc-'))

  constructor() {
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true }))
  }

  begin(pid: number, startTicks: number, inodes: readonly number[], comm = 'one'): void {
    const folder = join(this.root, String(pid))
    mkdirSync(join(folder, 'fd'), { recursive: true })
    for (const [fd, inode] of inodes.entries()) {
      symlinkSync(`socket:[${inode}]`, join(folder, 'fd', String(fd + 3)))
    }
    const zeros = new Array(18).fill(0).join(' ')
    writeFileSync(join(folder, 'stat'), `${pid} (${comm}) S ${zeros} ${startTicks} 0`)
    writeFileSync(join(folder, 'status'), 'Name:\tone\nUid:\t1000\t1000\t1000\t1000\n')
    writeFileSync(join(folder, 'cgroup'), '0::/none\n')
  }

  end(pid: number): void {
    rmSync(join(this.root, String(pid)), { recursive: true })
  }
}

async function find(owners: SocketOwners, ...inodes: number[]) {
  const seen: ProcessSeen[] = []
  const found = await owners.find(new Set(inodes), (one) => seen.push(one))
  return { seen, of: (inode: number) => found.get(inode) }
}

test('a pid that is used again within an interval is another process', async () => {
  const proc = new Proc()
  const owners = new SocketOwners(proc.root)
  proc.begin(100, 5, [1])
  const before = await find(owners, 1)
  proc.end(100)
  proc.begin(100, 9, [2], 'two')
  const after = await find(owners, 2)
  expect(before.of(1)).toMatchObject({ pid: 100, startTime: 50_000_000n })
  expect(after.of(2)).toMatchObject({ pid: 100, startTime: 90_000_000n })
  expect([...before.seen, ...after.seen].map(({ comm }) => comm)).toEqual(['one', 'two'])
})

test('a socket whose process ended has no owner, not the next of that pid', async () => {
  const proc = new Proc()
  const owners = new SocketOwners(proc.root)
  proc.begin(100, 5, [1])
  await find(owners, 1)
  proc.end(100)
  proc.begin(100, 9, [])
  const { seen, of } = await find(owners, 1)
  expect(of(1)).toBeUndefined()
  expect(seen).toEqual([])
})

test.each([
  { what: 'brackets and line breaks', comm: ') S 1 2 (\n) (' },
  { what: 'nothing', comm: '' },
])('a name of $what does not hide when a process began', async ({ comm }) => {
  const proc = new Proc()
  proc.begin(100, 7, [1], comm)
  const { seen, of } = await find(new SocketOwners(proc.root), 1)
  expect(of(1)).toMatchObject({ pid: 100, startTime: 70_000_000n })
  expect(seen).toMatchObject([{ comm, uid: 1000 }])
})

test.each([
  { what: 'cut short', stat: '100 (one) S 0' },
  { what: 'empty', stat: '' },
  { what: 'without a name', stat: '100 one S 0 0' },
])('a process whose stat is $what owns nothing yet', async ({ stat }) => {
  const proc = new Proc()
  proc.begin(100, 7, [1])
  writeFileSync(join(proc.root, '100', 'stat'), stat)
  const { seen, of } = await find(new SocketOwners(proc.root), 1)
  expect(of(1)).toBeUndefined()
  expect(seen).toEqual([])
})

test('a process that ends while it is looked at owns nothing, and the others are found', async () => {
  const proc = new Proc()
  proc.begin(100, 7, [1])
  proc.begin(101, 8, [2])
  rmSync(join(proc.root, '101', 'status'))
  const { of } = await find(new SocketOwners(proc.root), 1, 2)
  expect([of(1)?.pid, of(2)]).toEqual([100, undefined])
})
