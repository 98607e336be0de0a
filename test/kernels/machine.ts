import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { GuestReport } from './guest/scenario.ts'
import { writeGuestFiles } from './guest-files.ts'
import type { KernelImage } from './kernel-images.ts'

/** Emulation, without the processor's own virtualisation. */
const emulator = process.arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64'
const machine = process.arch === 'arm64' ? 'virt' : 'q35'
/** Without wide vectors, which cost more to emulate than they save. */
const processor = process.arch === 'arm64' ? 'cortex-a72' : 'Nehalem'
/** It takes one or two minutes on two processors of its own. */
const limitMs = 540_000
const shownConsole = 3000
const attempts = 3

export interface GuestSettings {
  readonly image: KernelImage
  /** Of the agent, one run after the other. */
  readonly sources: readonly string[]
}

export function hasEmulator(): boolean {
  return spawnSync(emulator, ['--version']).status === 0
}

/** Boots a kernel and runs the scenario on it. @throws with the end of the console if there is no report */
export async function bootGuest(settings: GuestSettings): Promise<GuestReport> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await bootOnce(settings)
    } catch (thrown) {
      // A kernel that changes its own code while it boots may meet half of the change on an emulated processor.
      const isBootPanic = String(thrown).includes('Oops: int3')
      if (!isBootPanic || attempt === attempts) throw thrown
      console.warn(`Linux ${settings.image.release} did not boot in the emulator: once more`)
    }
  }
}

async function bootOnce({ image, sources }: GuestSettings): Promise<GuestReport> {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-guest-'))
  const files = join(folder, 'initrd')
  const answer = join(folder, 'report.json')
  try {
    writeGuestFiles(files, image)
    const child = spawn(emulator, [
      ...['-M', machine, '-cpu', processor, '-smp', '2', '-m', '1536', '-nographic', '-no-reboot'],
      ...['-nodefaults', '-serial', 'stdio', '-serial', `file:${answer}`],
      ...['-kernel', image.kernel, '-initrd', files],
      ...['-append', `console=ttyS0 quiet panic=-1 SOURCES=${sources.join(',')}`],
    ])
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (said += text))
    }
    const watchdog = setTimeout(() => child.kill('SIGKILL'), limitMs)
    await once(child, 'close')
    clearTimeout(watchdog)
    return readReport(answer, said)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function readReport(path: string, said: string): GuestReport {
  try {
    const packed = Buffer.from(readFileSync(path, 'latin1'), 'base64')
    return JSON.parse(gunzipSync(packed).toString())
  } catch (thrown) {
    throw new Error(`no report from the guest; its console:\n${said.slice(-shownConsole)}`, {
      cause: thrown,
    })
  }
}
