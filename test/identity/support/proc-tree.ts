import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProcessKey } from '../../../src/connection/process.ts'

export interface FakeProcess {
  readonly pid: number
  readonly startTicks?: number
  readonly state?: string
  readonly comm?: string
  readonly exe?: string | Buffer
  readonly environ?: string | Buffer
  readonly cgroup?: string
  readonly cmdline?: string
  readonly uid?: number
  readonly parentPid?: number
  /** Ids in its pid namespaces, outermost first. */
  readonly namespacePids?: readonly number[]
}

const usual = {
  startTicks: 5000,
  state: 'S',
  comm: 'program',
  uid: 0,
  parentPid: 1,
  environ: '',
  cgroup: '0::/\n',
  cmdline: 'program\0',
  exe: '/usr/bin/program',
}

/** A small tree with the files of `/proc` and `/etc`, in a directory of its own. */
export class ProcTree {
  readonly root: string = mkdtempSync(join(tmpdir(), 'nettracer-proc-'))
  readonly procRoot: string = join(this.root, 'proc')
  readonly etcRoot: string = join(this.root, 'etc')
  readonly dbusRoot: string = join(this.root, 'dbus')

  constructor() {
    this.write('proc/stat', 'cpu 1 2 3\nbtime 1700000000\nprocesses 5\n')
    this.write('proc/sys/kernel/random/boot_id', '11111111-2222-3333-4444-555555555555\n')
    this.write('proc/sys/kernel/hostname', 'tree\n')
    this.write('etc/machine-id', '0123456789abcdef0123456789abcdef\n')
    this.write('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nweb:x:33:33::/var/www:\n')
  }

  write(path: string, content: string | Buffer): void {
    const full = join(this.root, path)
    mkdirSync(join(full, '..'), { recursive: true })
    writeFileSync(full, content)
  }

  process(given: FakeProcess): ProcessKey {
    const fake = { ...usual, namespacePids: [given.pid], ...given }
    const { pid, startTicks, state, comm, uid, parentPid, namespacePids } = fake
    this.remove(pid)
    const zeros = '0 '.repeat(17)
    this.write(
      `proc/${pid}/stat`,
      `${pid} (${comm}) ${state} ${parentPid} ${zeros}${startTicks} 99 0\n`,
    )
    this.write(
      `proc/${pid}/status`,
      `Name:\t${comm}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nNSpid:\t${namespacePids.join('\t')}\n`,
    )
    this.write(`proc/${pid}/environ`, fake.environ)
    this.write(`proc/${pid}/cgroup`, fake.cgroup)
    this.write(`proc/${pid}/cmdline`, fake.cmdline)
    this.write(`proc/${pid}/maps`, '')
    symlinkSync(fake.exe, join(this.procRoot, String(pid), 'exe'))
    return { pid, startTime: BigInt(startTicks) * 10_000_000n + 5n, cgroupId: 0n }
  }

  /** Another process with the same files: cheaper than files of its own. */
  alias(pid: number, of: number): void {
    symlinkSync(String(of), join(this.procRoot, String(pid)))
  }

  remove(pid: number): void {
    rmSync(join(this.procRoot, String(pid)), { recursive: true, force: true })
  }

  delete(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
