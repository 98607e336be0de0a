import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Architecture, emulations } from './architectures.ts'
import type { GuestReport } from './guest/scenario.ts'
import { writeGuestFiles } from './guest-files.ts'
import type { KernelImage } from './kernel-images.ts'

/** It takes one or two minutes for each source on two processors of its own. */
const limitMs = 1_080_000
const shownConsole = 3000
const attempts = 3

export interface GuestSettings {
  readonly image: KernelImage
  /** Of the agent, one run after the other. */
  readonly sources: readonly string[]
}

export function hasEmulator(architecture: Architecture): boolean {
  return spawnSync(emulations[architecture].emulator, ['--version']).status === 0
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
    const emulation = emulations[image.architecture]
    const variables = `REPORT=${emulation.report} SOURCES=${sources.join(',')}`
    const child = spawn(emulation.emulator, [
      ...['-nodefaults', '-nographic', '-no-reboot', '-smp', '2', '-m', '1536'],
      ...['-chardev', `file,id=report,path=${answer}`, ...emulation.arguments],
      ...['-kernel', image.kernel, '-initrd', files],
      ...['-append', `console=${emulation.console} quiet panic=-1 ${variables}`],
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
