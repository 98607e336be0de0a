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

  process(fake: FakeProcess): ProcessKey {
    const { pid, startTicks = 5000, state = 'S', comm = 'program', uid = 0 } = fake
    this.remove(pid)
    const zeros = '0 '.repeat(17)
    this.write(`proc/${pid}/stat`, `${pid} (${comm}) ${state} 1 ${zeros}${startTicks} 99 0\n`)
    this.write(`proc/${pid}/status`, `Name:\t${comm}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n`)
    this.write(`proc/${pid}/environ`, fake.environ ?? '')
    this.write(`proc/${pid}/cgroup`, fake.cgroup ?? '0::/\n')
    this.write(`proc/${pid}/cmdline`, fake.cmdline ?? 'program\0')
    this.write(`proc/${pid}/maps`, '')
    symlinkSync(fake.exe ?? '/usr/bin/program', join(this.procRoot, String(pid), 'exe'))
    return { pid, startTime: BigInt(startTicks) * 10_000_000n + 5n, cgroupId: 0n }
  }

  remove(pid: number): void {
    rmSync(join(this.procRoot, String(pid)), { recursive: true, force: true })
  }

  delete(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
